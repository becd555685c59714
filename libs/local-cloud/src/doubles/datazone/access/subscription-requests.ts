import type { Call, Operation } from '../../framework/types.js';
import type { Form, Subscription, SubscriptionRequest } from '../entities.js';
import { conflict, invalid } from '../errors.js';
import { caller, defined, page, type Identified, type InDomain, type Paging, type Plane } from '../plane.js';
import { newId } from '../state.js';
import { isOf, ofPrincipal, shownListing, shownPrincipal, type Owner } from './shown.js';

interface CreateInput extends InDomain {
  readonly subscribedPrincipals: readonly Readonly<Record<string, { readonly identifier: string }>>[];
  readonly subscribedListings: readonly { readonly identifier: string }[];
  readonly requestReason: string;
  readonly metadataForms?: readonly {
    readonly formName: string;
    readonly typeIdentifier?: string;
    readonly content?: string;
  }[];
  readonly clientToken?: string;
}

interface DecisionInput extends Identified {
  readonly decisionComment?: string;
}

interface ListInput extends InDomain, Paging, Owner {
  readonly status?: string;
  readonly subscribedListingId?: string;
  readonly approverProjectId?: string;
  readonly sortOrder?: 'ASCENDING' | 'DESCENDING';
}

/**
 * Requests to subscribe: one principal, one listing.
 *
 * ```
 * CreateSubscriptionRequest ──► PENDING ──► ACCEPTED (a subscription begins)
 *                                  └──────► REJECTED
 * ```
 *
 * A second request while one is pending or a subscription is approved is a conflict.
 */
export function subscriptionRequestOperations(plane: Plane): Record<string, Operation> {
  const { state } = plane;
  const described = (request: SubscriptionRequest) =>
    defined({
      id: request.id,
      domainId: request.domainId,
      status: request.status,
      requestReason: request.reason,
      subscribedPrincipals: [shownPrincipal(plane, request.domainId, request.principal)],
      subscribedListings: [shownListing(plane, request.domainId, request.listingId)],
      decisionComment: request.decisionComment,
      reviewerId: request.status === 'PENDING' ? undefined : caller,
      metadataForms: request.metadataForms,
      createdBy: caller,
      createdAt: new Date(request.createdMs),
      updatedAt: new Date(request.updatedMs),
    });
  const decide = (input: DecisionInput, status: 'ACCEPTED' | 'REJECTED', now: number) => {
    const request = state.get('subscription request', input.domainIdentifier, input.identifier);
    if (request.status !== 'PENDING')
      throw conflict(`The subscription request ${request.id} is ${request.status} already`);
    const { decisionComment } = input;
    const decided = defined({ ...request, status, decisionComment, updatedMs: now }) as SubscriptionRequest;
    const { domainId, id: requestId, principal, listingId } = request;
    const subscription: Subscription = {
      ...{ id: newId(), domainId, requestId, principal, listingId, createdMs: now, updatedMs: now },
      status: 'APPROVED',
    };
    state.change({
      saved: [
        ['subscription request', decided],
        ...(status === 'ACCEPTED' ? [['subscription', subscription] as const] : []),
      ],
    });
    return described(decided);
  };
  return {
    CreateSubscriptionRequest: (input: CreateInput, call: Call) => {
      const id = state.once('CreateSubscriptionRequest', input, () => {
        const request = requested(plane, input, call.now());
        return { id: request.id, saved: [['subscription request', request]] };
      });
      return described(state.get('subscription request', input.domainIdentifier, id));
    },
    GetSubscriptionRequestDetails: ({ domainIdentifier, identifier }: Identified) =>
      described(state.get('subscription request', domainIdentifier, identifier)),
    ListSubscriptionRequests: (input: ListInput) => {
      const all = state
        .list('subscription request', input.domainIdentifier)
        .filter(
          (request) =>
            isOf(input.status, request.status) &&
            isOf(input.subscribedListingId, request.listingId) &&
            ofPrincipal(request.principal, input) &&
            (input.approverProjectId === undefined ||
              state.find('listing', request.domainId, request.listingId)?.projectId ===
                input.approverProjectId),
        )
        // All but the forms, which only the details have.
        .map((request) =>
          Object.fromEntries(Object.entries(described(request)).filter(([name]) => name !== 'metadataForms')),
        );
      return page(input.sortOrder === 'DESCENDING' ? all.reverse() : all, input);
    },
    AcceptSubscriptionRequest: (input: DecisionInput, call: Call) => decide(input, 'ACCEPTED', call.now()),
    RejectSubscriptionRequest: (input: DecisionInput, call: Call) => decide(input, 'REJECTED', call.now()),
    DeleteSubscriptionRequest: ({ domainIdentifier, identifier }: Identified) => {
      const request = state.get('subscription request', domainIdentifier, identifier);
      if (request.status === 'ACCEPTED') throw conflict(`The subscription request ${request.id} is ACCEPTED`);
      state.change({ removed: [['subscription request', identifier]] });
      return {};
    },
  };
}

function requested({ state }: Plane, input: CreateInput, now: number): SubscriptionRequest {
  const { domainIdentifier: domainId } = input;
  const [principal] = input.subscribedPrincipals;
  const [listed] = input.subscribedListings;
  // The model says exactly one of each; this is for the types.
  if (principal === undefined || listed === undefined)
    throw invalid('One principal and one listing are needed');
  const listing = state.get('listing', domainId, listed.identifier);
  if (!listing.active) throw invalid(`The listing ${listing.id} is not ACTIVE`);
  if (principal['project'] !== undefined) {
    const project = state.get('project', domainId, principal['project'].identifier);
    if (project.id === listing.projectId) throw invalid(`The project ${project.id} owns the listing`);
  }
  const same = (other: { listingId: string; principal: object }) =>
    other.listingId === listing.id && JSON.stringify(other.principal) === JSON.stringify(principal);
  const open = [
    ...state.list('subscription request', domainId).filter(({ status }) => status === 'PENDING'),
    ...state.list('subscription', domainId).filter(({ status }) => status === 'APPROVED'),
  ].find(same);
  if (open !== undefined) throw conflict(`There is ${open.id} for this principal and this listing already`);
  const forms = input.metadataForms?.map(({ formName, typeIdentifier = formName, content = '{}' }): Form => ({
    ...{ formName, typeName: typeIdentifier, typeRevision: '1', content },
  }));
  return {
    ...{ id: newId(), domainId, principal, listingId: listing.id, createdMs: now, updatedMs: now },
    reason: input.requestReason,
    status: 'PENDING',
    ...(forms !== undefined && { metadataForms: forms }),
  };
}

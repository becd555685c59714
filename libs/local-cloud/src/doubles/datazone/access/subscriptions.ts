import type { Call, Operation } from '../../framework/types.js';
import type { Subscription } from '../entities.js';
import { conflict } from '../errors.js';
import { caller, defined, page, type Identified, type InDomain, type Paging, type Plane } from '../plane.js';
import { isOf, ofPrincipal, shownListing, shownPrincipal, type Owner } from './shown.js';

interface ListInput extends InDomain, Paging, Owner {
  readonly status?: string;
  readonly subscriptionRequestIdentifier?: string;
  readonly subscribedListingId?: string;
  readonly approverProjectId?: string;
  readonly sortOrder?: 'ASCENDING' | 'DESCENDING';
}

/**
 * Subscriptions: APPROVED until the subscriber cancels or the owner revokes. What they grant in Lake Formation is not
 * modelled.
 */
export function subscriptionOperations(plane: Plane): Record<string, Operation> {
  const { state } = plane;
  const described = (subscription: Subscription) =>
    defined({
      id: subscription.id,
      domainId: subscription.domainId,
      status: subscription.status,
      subscribedPrincipal: shownPrincipal(plane, subscription.domainId, subscription.principal),
      subscribedListing: shownListing(plane, subscription.domainId, subscription.listingId),
      subscriptionRequestId: subscription.requestId,
      retainPermissions: subscription.retainPermissions,
      createdBy: caller,
      createdAt: new Date(subscription.createdMs),
      updatedAt: new Date(subscription.updatedMs),
    });
  const end = (input: Identified, ended: Pick<Subscription, 'status' | 'retainPermissions'>, now: number) => {
    const subscription = state.get('subscription', input.domainIdentifier, input.identifier);
    if (subscription.status !== 'APPROVED')
      throw conflict(`The subscription ${subscription.id} is ${subscription.status} already`);
    const changed = { ...subscription, ...ended, updatedMs: now };
    state.save('subscription', changed);
    return described(changed);
  };
  return {
    GetSubscription: ({ domainIdentifier, identifier }: Identified) =>
      described(state.get('subscription', domainIdentifier, identifier)),
    ListSubscriptions: (input: ListInput) => {
      const all = state
        .list('subscription', input.domainIdentifier)
        .filter(
          (one) =>
            isOf(input.status, one.status) &&
            isOf(input.subscriptionRequestIdentifier, one.requestId) &&
            isOf(input.subscribedListingId, one.listingId) &&
            ofPrincipal(one.principal, input) &&
            (input.approverProjectId === undefined ||
              state.find('listing', one.domainId, one.listingId)?.projectId === input.approverProjectId),
        )
        .map(described);
      return page(input.sortOrder === 'DESCENDING' ? all.reverse() : all, input);
    },
    CancelSubscription: (input: Identified, call: Call) => end(input, { status: 'CANCELLED' }, call.now()),
    RevokeSubscription: (input: Identified & { retainPermissions?: boolean }, call: Call) =>
      end(
        input,
        {
          status: 'REVOKED',
          ...(input.retainPermissions !== undefined && { retainPermissions: input.retainPermissions }),
        },
        call.now(),
      ),
  };
}

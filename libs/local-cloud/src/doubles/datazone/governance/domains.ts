import type { Call, Operation } from '../../framework/types.js';
import type { Domain } from '../entities.js';
import { conflict, notFound } from '../errors.js';
import { checkQuota, defined, page, pick, type Identified, type Paging, type Plane } from '../plane.js';
import { newId } from '../state.js';

interface CreateInput {
  readonly name: string;
  readonly clientToken?: string;
}

const kept = [
  'description',
  'singleSignOn',
  'domainExecutionRole',
  'kmsKeyIdentifier',
  'tags',
  'serviceRole',
];

/** Domains: AVAILABLE as soon as they are created, where AWS takes a minute. */
export function domainOperations(plane: Plane): Record<string, Operation> {
  const { state, settings, options } = plane;
  return {
    CreateDomain: (input: CreateInput, call: Call) => {
      const id = state.once('CreateDomain', input, () => {
        checkQuota(state.list('domain').length, settings.maxDomains, 'domains');
        const domainId = `dzd_${newId()}`;
        const now = call.now();
        const domain: Domain = {
          id: domainId,
          domainId,
          name: input.name,
          arn: `arn:aws:datazone:${call.region}:${options.accountId}:domain/${domainId}`,
          rootDomainUnitId: newId(),
          createdMs: now,
          updatedMs: now,
          members: pick(input, kept),
        };
        return { id: domainId, saved: [['domain', domain]] };
      });
      const { name, arn, rootDomainUnitId, members } = state.get('domain', id, id);
      return { id, name, arn, rootDomainUnitId, status: 'AVAILABLE', ...portal(id, call), ...members };
    },
    GetDomain: ({ identifier: id }: { identifier: string }, call: Call) => {
      const { name, arn, rootDomainUnitId, members, createdMs, updatedMs } = state.get('domain', id, id);
      return {
        id,
        name,
        arn,
        rootDomainUnitId,
        status: 'AVAILABLE',
        ...portal(id, call),
        domainExecutionRole: `arn:aws:iam::${options.accountId}:role/AmazonDataZoneDomainExecution`,
        createdAt: new Date(createdMs),
        lastUpdatedAt: new Date(updatedMs),
        ...members,
      };
    },
    ListDomains: (input: Paging & { status?: string }, call: Call) => {
      const all = input.status === undefined || input.status === 'AVAILABLE' ? state.list('domain') : [];
      const { items, ...rest } = page(all, { maxResults: 25, ...input });
      return {
        ...rest,
        items: items.map(({ id, name, arn, members, createdMs, updatedMs }) =>
          defined({
            id,
            name,
            arn,
            description: members['description'],
            managedAccountId: options.accountId,
            status: 'AVAILABLE',
            ...portal(id, call),
            createdAt: new Date(createdMs),
            lastUpdatedAt: new Date(updatedMs),
          }),
        ),
      };
    },
    DeleteDomain: ({ identifier: id }: Pick<Identified, 'identifier'>) => {
      if (state.find('domain', id, id) === undefined) throw notFound('domain', id);
      if (state.list('project', id).length > 0) throw conflict(`The domain ${id} still has projects`);
      state.change({ removed: [['domain', id]] });
      return { status: 'DELETED' };
    },
  };
}

const portal = (id: string, { region }: Call) => ({
  portalUrl: `https://${id}.datazone.${region}.on.aws`,
  domainVersion: 'V1',
});

import type { Call, Operation } from '../../framework/types.js';
import type { Project } from '../entities.js';
import { conflict, invalid } from '../errors.js';
import {
  caller,
  checkQuota,
  defined,
  page,
  pick,
  type Identified,
  type InDomain,
  type Paging,
  type Plane,
} from '../plane.js';
import { newId } from '../state.js';

/** Projects. CreateProject has no client token: a name that is taken is a conflict. */
export function projectOperations({ state, settings }: Plane): Record<string, Operation> {
  const described = ({ domainId, id, name, members, createdMs, updatedMs }: Project) => ({
    domainId,
    id,
    name,
    projectStatus: 'ACTIVE',
    createdBy: caller,
    createdAt: new Date(createdMs),
    lastUpdatedAt: new Date(updatedMs),
    ...members,
  });
  return {
    CreateProject: (input: InDomain & { name: string }, call: Call) => {
      const { domainIdentifier: domainId, name } = input;
      const domain = state.get('domain', domainId, domainId);
      const projects = state.list('project', domainId);
      if (projects.some((project) => project.name === name)) {
        throw conflict(`A project named "${name}" exists in the domain ${domainId}`);
      }
      checkQuota(projects.length, settings.maxProjects, 'projects');
      const now = call.now();
      const members = {
        domainUnitId: domain.rootDomainUnitId,
        ...pick(input, ['description', 'glossaryTerms', 'domainUnitId']),
      };
      const project = { id: newId(), domainId, name, createdMs: now, updatedMs: now, members };
      state.save('project', project);
      return described(project);
    },
    GetProject: ({ domainIdentifier, identifier }: Identified) =>
      described(state.get('project', domainIdentifier, identifier)),
    ListProjects: (input: InDomain & Paging & { name?: string }) => {
      const all = state
        .list('project', input.domainIdentifier)
        .filter(({ name }) => input.name === undefined || name === input.name);
      const { items, ...rest } = page(all, input);
      return {
        ...rest,
        items: items.map(({ domainId, id, name, members, createdMs, updatedMs }) =>
          defined({
            domainId,
            id,
            name,
            description: members['description'],
            domainUnitId: members['domainUnitId'],
            projectStatus: 'ACTIVE',
            createdBy: caller,
            createdAt: new Date(createdMs),
            updatedAt: new Date(updatedMs),
          }),
        ),
      };
    },
    DeleteProject: ({ domainIdentifier: domainId, identifier }: Identified) => {
      state.get('project', domainId, identifier);
      const users = [...state.list('environment', domainId), ...state.list('data source', domainId)];
      if (users.some(({ projectId }) => projectId === identifier)) {
        throw invalid(`The project ${identifier} still has environments or data sources`);
      }
      state.change({ removed: [['project', identifier]] });
      return {};
    },
  };
}

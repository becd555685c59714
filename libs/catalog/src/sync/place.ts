import type { Places } from '../ports/datazone/places.js';
import type { GovernanceRole } from '../ports/governance.js';
import type { Steps } from '../steps/steps.js';

export interface PlaceNames {
  readonly domainName: string;
  readonly projectName: string;
}

export interface Place {
  readonly domain: string;
  readonly project: string;
}

/** The steps that all changes have: become the governance role, and find where the assets belong. */
export async function findPlace(
  steps: Steps,
  role: GovernanceRole,
  places: Places,
  names: PlaceNames,
): Promise<Place> {
  await steps.step('assume-role', () => role.assume());
  const domain = await steps.step('find-domain', () => places.findDomain(names.domainName));
  const project = await steps.step('find-project', () => places.findProject(domain, names.projectName));
  return { domain, project };
}

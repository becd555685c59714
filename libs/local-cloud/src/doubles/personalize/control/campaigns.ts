import type { Call, Operation } from '../../framework/types.js';
import { inUse, invalidInput, notFound } from '../errors.js';
import {
  arnOf,
  checkQuota,
  create,
  deleteResource,
  page,
  pick,
  view,
  type ControlPlane,
  type Paging,
} from './control-plane.js';
import { activeDeployment, type Deployment } from './deployment.js';
import type { Resource } from './resources.js';
import { versionsOf } from './solutions.js';

/** Campaigns: what serves a solution version. */
export function campaignOperations(plane: ControlPlane): Readonly<Record<string, Operation>> {
  const { resources, settings } = plane;
  const summary = [
    'name',
    'campaignArn',
    'status',
    'creationDateTime',
    'lastUpdatedDateTime',
    'failureReason',
  ];
  const checkVersion = (call: Call, { solutionVersionArn, campaignConfig }: Omit<Deployment, 'since'>) => {
    const latest = solutionVersionArn.endsWith('/$LATEST');
    if (campaignConfig?.syncWithLatestSolutionVersion && !latest) {
      throw invalidInput(
        'With syncWithLatestSolutionVersion the solutionVersionArn must be in SolutionArn/$LATEST format',
      );
    }
    if (!latest) resources.getActive('solution-version', solutionVersionArn, call.now());
    else if (
      !versionsOf(plane, call, solutionVersionArn.slice(0, -'/$LATEST'.length)).some(
        ({ doneMs }) => doneMs !== undefined,
      )
    ) {
      throw notFound(solutionVersionArn);
    }
  };
  return {
    CreateCampaign(input: Omit<Deployment, 'since'> & { name: string }, call) {
      checkQuota(plane, call, 'campaign', settings.maxCampaigns);
      checkVersion(call, input);
      const campaignArn = arnOf(plane, call, `campaign/${input.name}`);
      const deployment = pick(input, ['solutionVersionArn', 'minProvisionedTPS', 'campaignConfig']);
      const members = { minProvisionedTPS: 1, ...deployment, campaignArn };
      create(plane, call, { kind: 'campaign', arn: campaignArn, name: input.name, members });
      return { campaignArn };
    },
    DescribeCampaign({ campaignArn }: { campaignArn: string }, call) {
      const campaign = resources.get('campaign', campaignArn, call.now());
      return { campaign: describeCampaign(plane, call, campaign) };
    },
    ListCampaigns(input: Paging & { solutionArn?: string }, call) {
      const all = resources.list('campaign', call.now()).filter(({ members }) => {
        return (
          input.solutionArn === undefined ||
          String(members['solutionVersionArn']).startsWith(`${input.solutionArn}/`)
        );
      });
      const { page: found, ...rest } = page(all, input);
      return { ...rest, campaigns: found.map((one) => pick(describeCampaign(plane, call, one), summary)) };
    },
    UpdateCampaign(input: Partial<Omit<Deployment, 'since'>> & { campaignArn: string }, call) {
      const now = call.now();
      const campaign = resources.getActive('campaign', input.campaignArn, now);
      const current = activeDeployment(campaign, now, resources.transitionMs);
      if (current.pending) throw inUse(`${campaign.arn} is being updated`);
      const { solutionVersionArn, minProvisionedTPS, campaignConfig } = { ...current.deployment, ...input };
      checkVersion(call, { solutionVersionArn, ...(campaignConfig && { campaignConfig }) });
      const update = {
        solutionVersionArn,
        minProvisionedTPS,
        ...(campaignConfig && { campaignConfig }),
        since: now,
      };
      const members = { ...campaign.members, ...current.deployment, since: undefined, update };
      resources.save({ ...campaign, members, updatedMs: now });
      return { campaignArn: campaign.arn };
    },
    DeleteCampaign({ campaignArn }: { campaignArn: string }, call) {
      deleteResource(plane, call, resources.get('campaign', campaignArn, call.now()));
      return {};
    },
  };
}

function describeCampaign(plane: ControlPlane, call: Call, campaign: Resource): Record<string, unknown> {
  const { deployment, pending, latest } = activeDeployment(
    campaign,
    call.now(),
    plane.resources.transitionMs,
  );
  const described = { ...view(plane, call, campaign), ...deployment };
  const update = latest && {
    ...pick({ ...latest }, ['solutionVersionArn', 'minProvisionedTPS', 'campaignConfig']),
    status: pending ? 'CREATE IN_PROGRESS' : 'ACTIVE',
    creationDateTime: new Date(latest.since ?? campaign.createdMs),
    lastUpdatedDateTime: new Date(latest.since ?? campaign.createdMs),
  };
  const names = Object.keys(described).filter((name) => name !== 'update' && name !== 'since');
  return { ...pick(described, names), ...(update && { latestCampaignUpdate: update }) };
}

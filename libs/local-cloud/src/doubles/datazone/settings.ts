/** Timing and quotas of the local DataZone. */
export interface DataZoneSettings {
  /**
   * Milliseconds a resource is CREATING (an environment, a data source, a lineage event) and a run REQUESTED.
   * `POST /_double/datazone/transition` with `{"ms": …}` changes it. AWS takes minutes for an environment.
   */
  readonly transitionMs: number;
  /** AWS's quotas are set per account and region; these only are high enough not to be met by accident. */
  readonly maxDomains: number;
  readonly maxProjects: number;
  readonly maxDataSources: number;
  readonly maxAssets: number;
}

export const defaultSettings: DataZoneSettings = {
  transitionMs: 100,
  maxDomains: 50,
  maxProjects: 500,
  maxDataSources: 1_000,
  maxAssets: 100_000,
};

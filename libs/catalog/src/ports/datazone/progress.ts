/** A thing that takes time to be made. */
export interface Progress {
  readonly id: string;
  readonly state: 'working' | 'ready' | 'failed';
  /** As the service calls it, with its reason where it failed. */
  readonly status: string;
}

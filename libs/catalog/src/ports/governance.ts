/** The identity under which the catalogue is changed. */
export interface GovernanceRole {
  /** Makes sure that there are credentials, and that they last for a while. */
  assume(): Promise<void>;
}

/** Who may read what is in S3. */
export interface DataLake {
  /** Has the data lake govern a place in S3, `arn:aws:s3:::bucket/prefix`. One that is governed stays as it is. */
  registerLocation(arn: string): Promise<void>;
}

/**
 * Paths in S3 as Lake Formation knows them, each once: `s3://bucket/prefix/` (or `s3a`, `s3n`, as Spark and Hive write)
 * is `arn:aws:s3:::bucket/prefix`. Other places (JDBC, HDFS) are not of the lake.
 */
export function locationArns(paths: readonly (string | undefined)[]): string[] {
  const arns = paths.flatMap((path) => {
    const [, place] = /^s3[an]?:\/\/(.+?)\/*$/.exec(path ?? '') ?? [];
    return place === undefined ? [] : `arn:aws:s3:::${place}`;
  });
  return [...new Set(arns)].sort();
}

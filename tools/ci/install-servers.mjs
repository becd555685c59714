#!/usr/bin/env node
// Installs the servers that tests start, before any test does: on a new machine that takes longer than a test may.
import {
  installApicurio,
  installKafka,
  installMoto,
  installOpenSearch,
  installPostgres,
  kafkaVersions,
} from '@mesh/local-cloud';

for (const version of kafkaVersions) await installKafka(version);
await installOpenSearch();
await installApicurio();
await installMoto();
await installPostgres();

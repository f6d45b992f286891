import { requirePackages } from '../../build/binary/debian.ts';

/** Installs what the measurements need. Runs before test/cluster/enter: beside the test cluster nothing can be fetched. */
requirePackages(['redis-tools']);

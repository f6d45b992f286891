/** A spec that must be refused, and the words that the API server must refuse it with: the field, the value, what would be right. */
export interface BadSpec {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
}

const tooLong = 'x'.repeat(2000);
const limited = { resources: { limits: { memory: '1Gi' } } };

/** Specs whose fields have the wrong form. */
const malformed: Readonly<Record<string, BadSpec>> = {
  'no instances': { spec: { instances: 0 }, words: ['spec.instances', '0', 'greater than or equal to 1'] },
  'fewer instances than none': {
    spec: { instances: -3 },
    words: ['spec.instances', '-3', 'greater than or equal to 1'],
  },
  'too many instances': {
    spec: { instances: 51 },
    words: ['spec.instances', '51', 'less than or equal to 50'],
  },
  'text for a number': {
    spec: { instances: 'three' },
    words: ['spec.instances', 'string', 'must be of type integer'],
  },
  'an instance and a half': { spec: { instances: 1.5 }, words: ['spec.instances', '1.5', 'integer'] },
  'a list for an object': {
    spec: { storage: [] },
    words: ['spec.storage', 'array', 'must be of type object'],
  },
  'a number for text': {
    spec: { imageName: 7.2 },
    words: ['spec.imageName', 'number', 'must be of type string'],
  },
  'text for a choice': {
    spec: { enablePodDisruptionBudget: 'yes' },
    words: ['spec.enablePodDisruptionBudget', 'string', 'must be of type boolean'],
  },
  'an unknown persistence': {
    spec: { persistence: 'tape' },
    words: ['spec.persistence', '"tape"', '"aof", "rdb", "none"'],
  },
  'an unknown kind of storage': {
    spec: { storage: { type: 'nfs' } },
    words: ['spec.storage.type', '"nfs"', '"pvc", "emptyDir"'],
  },
  'an unknown policy': {
    spec: { memory: { maxMemoryPolicy: 'lru' } },
    words: ['spec.memory.maxMemoryPolicy', '"lru"', '"allkeys-lru"'],
  },
  'an unknown strategy': {
    spec: { primaryUpdateStrategy: 'never' },
    words: ['spec.primaryUpdateStrategy', '"never"', '"unsupervised"'],
  },
  'no image': { spec: { imageName: '' }, words: ['spec.imageName', '""', 'an image such as redis:7.2'] },
  'an image with a space': {
    spec: { imageName: 'redis 7.2' },
    words: ['spec.imageName', '"redis 7.2"', 'an image such as redis:7.2'],
  },
  'an image with a scheme': {
    spec: { imageName: 'https://example.com/redis:7.2' },
    words: ['spec.imageName', '"https://example.com/redis:7.2"', 'an image such as redis:7.2'],
  },
  'an image in capitals': {
    spec: { imageName: 'example.com/Redis:7.2' },
    words: ['spec.imageName', '"example.com/Redis:7.2"', 'an image such as redis:7.2'],
  },
  'an image with a new line': {
    spec: { imageName: 'redis:7.2\nredis' },
    words: ['spec.imageName', '"redis:7.2\\nredis"', 'an image such as redis:7.2'],
  },
  'a huge image': { spec: { imageName: tooLong }, words: ['spec.imageName', 'Too long', 'more than 512'] },
  'a size that is none': {
    spec: { storage: { size: 'large' } },
    words: ['spec.storage.size', '"large"', 'a quantity such as 10Gi'],
  },
  'a negative size': {
    spec: { storage: { size: '-1Gi' } },
    words: ['spec.storage.size', '"-1Gi"', 'a quantity such as 10Gi'],
  },
  'a size with a unit of ours': {
    spec: { storage: { size: '10GB' } },
    words: ['spec.storage.size', '"10GB"', 'a quantity such as 10Gi'],
  },
  'a percentage above all': {
    spec: { ...limited, memory: { maxMemoryPercent: 101 } },
    words: ['spec.memory.maxMemoryPercent', '101', 'less than or equal to 100'],
  },
  'a request that is no quantity': {
    spec: { resources: { requests: { cpu: 'much' } } },
    words: ['spec.resources.requests', '"much"', 'a quantity such as 10Gi'],
  },
  'a reference without a name': { spec: { authSecret: {} }, words: ['spec.authSecret.name', 'Required'] },
  'a reference to nothing': {
    spec: { authSecret: { name: '' } },
    words: ['spec.authSecret.name', '""', 'at least 1 chars long'],
  },
  'a directive that is not text': {
    spec: { redis: { timeout: 300 } },
    words: ['spec.redis.timeout', 'integer', 'must be of type string'],
  },
  'a huge directive': { spec: { redis: { save: tooLong } }, words: ['spec.redis.save', 'Too long', '1024'] },
  'too many directives': {
    spec: { redis: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`directive-${i}`, '1'])) },
    words: ['spec.redis', 'Too many', '64'],
  },
  'a toleration that is text': {
    spec: { tolerations: ['all'] },
    words: ['spec.tolerations[0]', 'string', 'must be of type object'],
  },
  'a sidecar without a name': {
    spec: { podTemplate: { spec: { containers: [{ image: 'x' }] } } },
    words: ['spec.podTemplate.spec.containers[0].name', 'Required'],
  },
  'a Service that is another name': {
    spec: { services: { leader: { type: 'ExternalName' } } },
    words: ['spec.services.leader.type', '"ExternalName"', '"LoadBalancer"'],
  },
};

/** Specs whose fields are well-formed and say what cannot be. */
const impossible: Readonly<Record<string, BadSpec>> = {
  'more replicas to wait for than there are': {
    spec: { instances: 2, minSyncReplicas: 2 },
    words: ['spec.minSyncReplicas', '2 is wrong', 'it must be less than spec.instances, 2'],
  },
  'a highest count below the lowest': {
    spec: { instances: 4, minSyncReplicas: 2, maxSyncReplicas: 1 },
    words: ['spec.maxSyncReplicas', '1 is wrong', 'at least spec.minSyncReplicas, 2'],
  },
  'a directive of ours': {
    spec: { redis: { dir: '/tmp' } },
    words: ['spec.redis', '"dir"', 'the operator sets this directive itself'],
  },
  'a password': {
    spec: { redis: { requirepass: 'hunter2' } },
    words: ['spec.redis', '"requirepass"', 'the operator sets this directive itself'],
  },
  'a directive of a family of ours': {
    spec: { redis: { 'tls-port': '6380' } },
    words: ['spec.redis', '"tls-port"', 'the operator sets this directive itself'],
  },
  'a directive with capitals': {
    spec: { redis: { MaxMemory: '1' } },
    words: ['spec.redis', '"MaxMemory"', 'lower-case letters, digits and dashes'],
  },
  'a directive with a space': {
    spec: { redis: { 'save 1': '1' } },
    words: ['spec.redis', '"save 1"', 'lower-case letters, digits and dashes'],
  },
  'a directive of another alphabet': {
    spec: { redis: { тайм: '1' } },
    words: ['spec.redis', '"тайм"', 'lower-case letters, digits and dashes'],
  },
  'a directive of two lines': {
    spec: { redis: { save: '900 1\nrequirepass x' } },
    words: ['spec.redis', '"save"', 'one line without control characters'],
  },
  'a directive with a NUL': {
    spec: { redis: { save: '900\u0000' } },
    words: ['spec.redis', '"save"', 'one line without control characters'],
  },
  'memory said twice': {
    spec: { ...limited, redis: { 'maxmemory-policy': 'noeviction' }, memory: { maxMemory: '64Mi' } },
    words: ['spec.redis', '"maxmemory-policy"', 'spec.memory is set'],
  },
  'half a byte of memory': {
    spec: { memory: { maxMemory: '512m' } },
    words: ['spec.memory.maxMemory', '"512m"', '1Mi or more'],
  },
  'a byte of storage': {
    spec: { storage: { size: 1 } },
    words: ['spec.storage.size', '"1"', '1Mi or more'],
  },
  'two limits of memory': {
    spec: { ...limited, memory: { maxMemory: '64Mi', maxMemoryPercent: 50 } },
    words: ['spec.memory.maxMemoryPercent', '50', 'only one of the two may be'],
  },
  'a share of nothing': {
    spec: { memory: { maxMemoryPercent: 50 } },
    words: ['spec.memory.maxMemoryPercent', '50', 'spec.resources.limits.memory, which is not set'],
  },
  'more memory than there is': {
    spec: { ...limited, memory: { maxMemory: '1025Mi' } },
    words: ['spec.memory.maxMemory', '"1025Mi"', 'at most spec.resources.limits.memory, 1Gi'],
  },
  'more asked for than allowed': {
    spec: { resources: { requests: { cpu: '1500m' }, limits: { cpu: 1 } } },
    words: ['spec.resources.requests', 'cpu "1500m"', 'at most its limit, 1'],
  },
  'less allowed than is asked for unasked': {
    spec: { resources: { limits: { memory: '64Mi' } } },
    words: ['spec.resources.requests', 'memory "128Mi"', 'at most its limit, 64Mi'],
  },
  'a resource that is misspelt': {
    spec: { resources: { limits: { memroy: '1Gi' } } },
    words: ['spec.resources.limits', '"memroy"', 'one of cpu, memory, ephemeral-storage'],
  },
  'a class of no volume': {
    spec: { storage: { type: 'emptyDir', storageClassName: 'fast' } },
    words: ['spec.storage.storageClassName', '"fast"', 'leave it out'],
  },
  'a label of ours on pods': {
    spec: { podTemplate: { metadata: { labels: { 'redis.io/role': 'primary' } } } },
    words: ['spec.podTemplate.metadata.labels', '"redis.io/role"', 'use another'],
  },
  'an annotation of ours on a Service': {
    spec: { services: { any: { metadata: { annotations: { 'app.kubernetes.io/name': 'x' } } } } },
    words: ['spec.services.any.metadata.annotations', '"app.kubernetes.io/name"', 'use another'],
  },
};

export const badSpecs: Readonly<Record<string, BadSpec>> = { ...malformed, ...impossible };

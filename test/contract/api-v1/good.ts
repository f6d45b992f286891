const sidecar = {
  name: 'exporter',
  image: 'localhost/exporter:1',
  args: ['--verbose'],
  securityContext: { readOnlyRootFilesystem: true },
};

/** Specs that must be accepted. */
export const goodSpecs: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'nothing at all': {},
  'three instances': { instances: 3 },
  'the most instances': { instances: 50 },
  'storage on the node': { storage: { type: 'emptyDir', size: '64Mi' } },
  'storage that grows': { storage: { autoGrow: { thresholdPercent: 80, step: '1Gi', limit: '10Gi' } } },
  'a class of storage': { storage: { storageClassName: 'fast', size: '1.5Ti' } },
  'a size in bytes': { storage: { size: 1_073_741_824 } },
  'a size with an exponent': { storage: { size: '1e9' } },
  'an image with a registry, a port and a digest': {
    imageName: `registry.example.com:5000/team/valkey:8.0.1@sha256:${'0'.repeat(64)}`,
  },
  directives: { redis: { save: '900 1 300 10', timeout: '300', 'maxmemory-policy': 'allkeys-lru' } },
  'an empty directive': { redis: { save: '' } },
  'a directive of another alphabet': { redis: { 'proc-title-template': 'сервер {port}' } },
  snapshots: { persistence: 'rdb' },
  'nothing kept': { persistence: 'none', storage: { type: 'emptyDir' } },
  'memory in bytes, at its limit': {
    memory: { maxMemory: '1Gi', maxMemoryPolicy: 'noeviction' },
    resources: { limits: { memory: '1024Mi' } },
  },
  'memory as a share': { memory: { maxMemoryPercent: 60 }, resources: { limits: { memory: '256M' } } },
  'resources of all kinds': {
    resources: {
      requests: { cpu: 1, memory: '1Gi', 'example.com/device': 2, 'hugepages-2Mi': '4Mi' },
      limits: { cpu: '1000m', memory: '1Gi', 'example.com/device': 2, 'hugepages-2Mi': '4Mi' },
    },
  },
  'no budget for disruptions': { enablePodDisruptionBudget: false },
  'a password of the user': { authSecret: { name: 'passwords' } },
  'a place for the pods': {
    nodeSelector: { disk: 'ssd' },
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
    tolerations: [{ key: 'redis', operator: 'Exists', tolerationSeconds: 5 }],
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
    ],
  },
  'a template of pods': {
    podTemplate: {
      metadata: { labels: { team: 'shop' }, annotations: { 'example.com/scrape': 'yes' } },
      spec: {
        containers: [sidecar, { name: 'redis', env: [{ name: 'TZ', value: 'UTC' }] }],
        volumes: [{ name: 'scratch', emptyDir: {} }],
        imagePullSecrets: [{ name: 'registry' }],
        priorityClassName: 'important',
      },
    },
  },
  'load balancers': {
    services: {
      leader: {
        metadata: { annotations: { 'example.com/internal': 'true' } },
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        externalTrafficPolicy: 'Local',
      },
      replica: { type: 'NodePort' },
      any: {},
    },
  },
  'every part that may only have its default': {
    mode: 'standalone',
    primaryUpdateStrategy: 'unsupervised',
    primaryIsolation: {},
    nodeMaintenanceWindow: {},
  },
  'writes that wait for replicas, and a patience of its own': {
    instances: 3,
    minSyncReplicas: 1,
    maxSyncReplicas: 2,
    failover: { silenceSeconds: 5, delaySeconds: 10, maxLagBytes: 1048576 },
  },
};

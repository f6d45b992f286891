import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Container } from 'kubernetes-types/core/v1.d.ts';
import type { PodTemplate } from '../../../../api/v1/redis-cluster.ts';
import { clusterWith } from '../views.fixture.ts';
import { buildPod } from './pod.ts';
import { mergePodTemplate, podTemplateProblems } from './pod-template.ts';

const image = 'localhost/operator:1';
const plain = buildPod(clusterWith(), 0, image);

const merged = (template: PodTemplate) => mergePodTemplate(plain, template);
const side = (more: object): PodTemplate => ({ spec: { containers: [{ name: 'side', ...more }] } });
const redis = (more: object): PodTemplate => ({ spec: { containers: [{ name: 'redis', ...more }] } });

/** Templates of which nothing may reach the pod, and what is said of each. */
const refused: Readonly<Record<string, readonly [PodTemplate, RegExp]>> = {
  'a label of ours': [
    { metadata: { labels: { 'redis.io/role': 'primary' } } },
    /labels: redis\.io\/role is set/,
  ],
  'an annotation of ours': [
    { metadata: { annotations: { 'app.kubernetes.io/name': 'x' } } },
    /annotations: app\.kubernetes\.io\/name is set/,
  ],
  'a volume of our name': [
    { spec: { volumes: [{ name: 'data', emptyDir: {} }] } },
    /volumes: data has the name/,
  ],
  'a volume of the host': [
    { spec: { volumes: [{ name: 'host', hostPath: { path: '/' } }] } },
    /volumes: host must come from one of/,
  ],
  'another image for redis': [redis({ image: 'x' }), /may add env and volumeMounts only, not image/],
  'another command for redis': [redis({ command: ['sh'], env: [] }), /not command/],
  'a variable of ours': [
    redis({ env: [{ name: 'NODE_OPTIONS', value: '--inspect' }] }),
    /NODE_OPTIONS is set/,
  ],
  'a mount of our volume': [
    redis({ volumeMounts: [{ name: 'data', mountPath: '/x' }] }),
    /mounts a volume of ours/,
  ],
  'a mount over our folder': [redis({ volumeMounts: [{ name: 'x', mountPath: '/data' }] }), /covers one of/],
  'a mount within our folder': [
    redis({ volumeMounts: [{ name: 'x', mountPath: '//run/redis/a' }] }),
    /covers one of/,
  ],
  'a mount around our folders': [
    redis({ volumeMounts: [{ name: 'x', mountPath: '/run/..' }] }),
    /covers one of/,
  ],
  'a second init container of ours': [
    { spec: { initContainers: [{ name: 'copy-manager', image: 'x' }] } },
    /has the name of a container of ours/,
  ],
  'a privileged sidecar': [side({ securityContext: { privileged: true } }), /must not be privileged/],
  'a sidecar that escalates': [
    side({ securityContext: { allowPrivilegeEscalation: true } }),
    /must not escalate/,
  ],
  'a sidecar of root': [side({ securityContext: { runAsUser: 0 } }), /must not run as root/],
  'a sidecar that may be root': [side({ securityContext: { runAsNonRoot: false } }), /must not run as root/],
  'a sidecar with a capability': [
    side({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
    /must drop all capabilities/,
  ],
  'a sidecar that drops few': [
    side({ securityContext: { capabilities: { drop: ['CHOWN'] } } }),
    /must drop all/,
  ],
  'a sidecar without seccomp': [
    side({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
    /must keep the seccomp profile/,
  ],
  'a sidecar without AppArmor': [
    side({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }),
    /must keep the AppArmor profile/,
  ],
  'a sidecar of SELinux': [side({ securityContext: { seLinuxOptions: {} } }), /must not set seLinuxOptions/],
  'a port of the node': [
    side({ ports: [{ containerPort: 1, hostPort: 1 }] }),
    /must not take a port of its node/,
  ],
  'a probe of another host': [
    side({ livenessProbe: { httpGet: { host: 'x', port: 1 } } }),
    /must not probe another/,
  ],
  'a hook to another host': [
    side({ lifecycle: { preStop: { tcpSocket: { host: 'x', port: 1 } } } }),
    /must not probe another/,
  ],
};

for (const [what, [template, words]] of Object.entries(refused)) {
  test(`${what} is named, and left out all the same`, () => {
    const problems = podTemplateProblems(template);
    assert.equal(problems.length, 1, problems.join());
    assert.match(problems[0] ?? '', words);
    assert.match(problems[0] ?? '', /^podTemplate\./);
    const { metadata, spec } = merged(template);
    assert.deepEqual(
      [metadata.labels, metadata.annotations],
      [plain.metadata.labels, plain.metadata.annotations],
    );
    assert.deepEqual(spec, plain.spec);
  });
}

test('what may be added is added after ours, and no problem', () => {
  const template: PodTemplate = {
    metadata: { labels: { team: 'shop' } },
    spec: {
      volumes: [{ name: 'scratch', emptyDir: {} }],
      containers: [
        {
          name: 'redis',
          env: [{ name: 'TZ', value: 'UTC' }],
          volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
        },
        { name: 'side', image: 'x', securityContext: { capabilities: { add: ['NET_BIND_SERVICE'] } } },
      ],
    },
  };
  assert.deepEqual(podTemplateProblems(template), []);
  const { metadata, spec } = merged(template);
  assert.equal(metadata.labels?.['team'], 'shop');
  const [own, sidecar] = spec?.containers ?? [];
  assert.deepEqual(own?.env?.at(-1), { name: 'TZ', value: 'UTC' });
  assert.deepEqual(own?.volumeMounts?.at(-1), { name: 'scratch', mountPath: '/scratch' });
  assert.deepEqual(sidecar?.securityContext, {
    allowPrivilegeEscalation: false,
    capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
  });
  assert.deepEqual(spec?.volumes?.at(-1), { name: 'scratch', emptyDir: {} });
});

const fields = [
  'env',
  'volumeMounts',
  'ports',
  'securityContext',
  'livenessProbe',
  'lifecycle',
  'resources',
  'image',
];
const nonsense = fc.constantFrom<unknown>(
  ...[null, 5, 'text', true, [], {}, [null], [5], ['text'], [{}], [[]]],
  ...[[{ name: 5 }], [{ name: 'TZ' }], [{ name: 'x', mountPath: 5 }], [{ name: 'x', mountPath: '/x' }]],
  ...[{ capabilities: null }, { capabilities: { add: 'all' } }, { capabilities: { drop: [5] } }],
  ...[{ seccompProfile: 5 }, { appArmorProfile: null }, { privileged: {} }, { runAsUser: '0' }],
  ...[{ httpGet: 5 }, { tcpSocket: null }, { httpGet: { host: 5 } }, { preStop: [] }, { postStart: 'x' }],
);
const container = fc
  .tuple(
    fc.constantFrom('redis', 'side', 'copy-manager'),
    fc.dictionary(fc.constantFrom(...fields), nonsense),
  )
  .map(([name, rest]): Container => ({ ...rest, name }));

test('whatever stands in a template, it is judged and merged without a throw, and ours stays ours', () => {
  const few = fc.array(container, { maxLength: 3 });
  const law = fc.property(few, few, (containers, initContainers) => {
    const template = { spec: { containers, initContainers } };
    podTemplateProblems(template);
    const { spec } = merged(template);
    const [own] = spec?.containers ?? [];
    const { env: _env, volumeMounts: _mounts, ...fixed } = plain.spec?.containers[0] ?? { name: '' };
    const { env, volumeMounts, ...rest } = own ?? { name: '' };
    assert.deepEqual(rest, fixed);
    assert.deepEqual(env?.slice(0, _env?.length), _env);
    assert.deepEqual(volumeMounts?.slice(0, _mounts?.length), _mounts);
    assert.deepEqual(spec?.initContainers?.[0], plain.spec?.initContainers?.[0]);
    for (const one of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]) {
      assert.equal(one.securityContext?.allowPrivilegeEscalation, false);
      assert.deepEqual(one.securityContext?.capabilities?.drop, ['ALL']);
    }
  });
  fc.assert(law, { seed: 1, numRuns: 500 });
});

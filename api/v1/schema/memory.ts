import * as z from 'zod/mini';
import { defaulted, mapOf, optional, quantity, wholeNumber } from './pieces.ts';

export const maxMemoryPolicies = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
] as const;

export const memory = z.object({
  maxMemory: optional(
    quantity,
    'The most memory that data may take; at most resources.limits.memory, and better below nine tenths of it: buffers and fragmentation come on top.',
  ),
  maxMemoryPercent: optional(
    wholeNumber(1, 100),
    'The same as a share of resources.limits.memory, in percent. Only one of the two may be set; with neither it is 75 % of the limit, and without a limit there is none.',
  ),
  maxMemoryPolicy: optional(
    z.enum(maxMemoryPolicies),
    'What happens when that is reached: which keys are evicted, or that writes are refused (noeviction).',
  ),
});

const amounts = mapOf(quantity, 16);
const requests = { cpu: '100m', memory: '128Mi' };

export const resources = z.object({
  requests: defaulted(amounts, requests, 'What each instance is guaranteed, by resource: cpu, memory.'),
  limits: optional(amounts, 'What each instance may use at most, by resource.'),
});
export const defaultResources = { requests };

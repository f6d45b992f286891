/** Where a cluster is in its life, for people: nothing that is decided depends on it. */
export const Phase = {
  Creating: 'Creating',
  Healthy: 'Healthy',
  Degraded: 'Degraded',
  FailingOver: 'FailingOver',
  SwitchingOver: 'SwitchingOver',
  Updating: 'Updating',
  Scaling: 'Scaling',
  WaitingForUser: 'WaitingForUser',
  Hibernating: 'Hibernating',
  Restoring: 'Restoring',
  Blocked: 'Blocked',
  Deleting: 'Deleting',
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

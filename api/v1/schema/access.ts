import * as z from 'zod/mini';
import { listOf, rare, required, secretRef, text } from './pieces.ts';

const user = rare(() =>
  z.object({
    name: required(text, 'The name that clients give.'),
    passwordSecret: required(secretRef, 'A Secret with the password, under the key password.'),
    rules: required(text, 'What the user may do, in the words of ACL SETUSER.'),
  }),
);

export const users = rare(() => listOf(user));

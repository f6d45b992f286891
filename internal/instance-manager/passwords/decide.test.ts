import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formerPasswordGrace } from '../../control/passwords.ts';
import { after, moment, seconds } from '../../time/units.ts';
import {
  decidePasswords,
  type FormerPassword,
  type Passwords,
  type PasswordsView,
  passwordsToTry,
  taken,
  type UpstreamView,
} from './decide.ts';

const names = ['a', 'b', 'c'];
const now = moment(1_000_000);
const grace = seconds(300);
const moments = [-1, 0, 1].map((offset) => moment(now + offset));

/** Every list of passwords, each at most once, with every way in which their graces may lie around now. */
const formers = (free: readonly string[]): readonly (readonly FormerPassword[])[] => [
  [],
  ...free.flatMap((password) =>
    formers(free.filter((other) => other !== password)).flatMap((rest) =>
      moments.map((until) => [{ password, until }, ...rest]),
    ),
  ),
];

const everyKnown: readonly (Passwords | undefined)[] = [
  undefined,
  ...names.flatMap((current) =>
    formers(names.filter((name) => name !== current)).map((former) => ({ current, former })),
  ),
];

const everyView: readonly PasswordsView[] = everyKnown.flatMap((known) =>
  [undefined, ...names].map((file) => ({ known, file, now, grace })),
);

type Law = (view: PasswordsView, next: Passwords | undefined) => boolean;
const all = (passwords: Passwords | undefined): readonly string[] =>
  passwords === undefined ? [] : taken(passwords);
const stillTaken = ({ known }: PasswordsView): readonly string[] =>
  known === undefined
    ? []
    : [known.current, ...known.former.filter(({ until }) => now < until).map(({ password }) => password)];

const laws: Readonly<Record<string, Law>> = {
  'a password in the file is the current one': ({ file }, next) =>
    file === undefined || next?.current === file,
  'a file without one changes no current one': ({ known, file }, next) =>
    file !== undefined || next?.current === known?.current,
  'nothing that is taken is refused before its grace is over': (view, next) =>
    stillTaken(view).every((password) => all(next).includes(password)),
  'nothing is taken whose grace is over, unless it is in the file again': (view, next) =>
    all(next).every((password) => password === view.file || stillTaken(view).includes(password)),
  'the password that is replaced is taken for a whole grace': ({ known, file }, next) =>
    known === undefined ||
    file === undefined ||
    file === known.current ||
    next?.former.some(({ password, until }) => password === known.current && until === after(now, grace)) ===
      true,
  'no grace is prolonged': ({ known }, next) =>
    (next?.former ?? []).every(
      ({ password, until }) =>
        password === known?.current ||
        known?.former.some((before) => before.password === password && before.until === until),
    ),
  'no password is there twice': (_view, next) => new Set(all(next)).size === all(next).length,
  'something is always taken once something was': ({ known, file }, next) =>
    (next === undefined) === (known === undefined && file === undefined),
  'what was decided stands until something changes': (view, next) =>
    JSON.stringify(decidePasswords({ ...view, known: next })) === JSON.stringify(next),
  'once every grace is over the file alone counts': ({ file }, next) => {
    const later = decidePasswords({ known: next, file, now: after(now, seconds(301)), grace });
    return all(later).length === (next === undefined ? 0 : 1) && later?.current === next?.current;
  },
};

type Decision = (view: PasswordsView) => Passwords | undefined;
/** A law that this decision breaks, and where; undefined when it keeps them all. */
const breach = (decide: Decision): string | undefined => {
  for (const view of everyView) {
    const next = decide(view);
    for (const [law, holds] of Object.entries(laws))
      if (!holds(view, next)) return `${law}: ${JSON.stringify({ view, next })}`;
  }
  return undefined;
};

test('every law of passwords holds in every view of three of them', () => {
  assert.ok(everyView.length > 200, String(everyView.length));
  assert.equal(breach(decidePasswords), undefined);
});

const mutants: Readonly<Record<string, Decision>> = {
  'the former one is refused at once': (view) => {
    const next = decidePasswords(view);
    return next && { ...next, former: [] };
  },
  'the former ones are taken for ever': (view) => {
    const next = decidePasswords(view);
    const kept = (view.known?.former ?? []).filter(({ password }) => password !== next?.current);
    return next && { ...next, former: kept };
  },
  'each look begins the grace anew': (view) => {
    const next = decidePasswords(view);
    const until = after(view.now, view.grace);
    return next && { ...next, former: next.former.map(({ password }) => ({ password, until })) };
  },
  'a file with nothing usable takes the password away': (view) =>
    view.file === undefined ? undefined : decidePasswords(view),
  'the file is heeded once the grace is over': (view) =>
    view.known === undefined || view.file === undefined
      ? decidePasswords(view)
      : { ...view.known, former: [{ password: view.file, until: after(view.now, view.grace) }] },
};

for (const [mutant, decide] of Object.entries(mutants)) {
  test(`a decision that breaks a law is found: ${mutant}`, () => {
    assert.notEqual(breach(decide), undefined);
  });
}

const lists = [[], ['a'], ['a', 'b'], ['a', 'b', 'c']];
const everyUpstream: readonly UpstreamView[] = lists.flatMap((known) =>
  [undefined, ...names].flatMap((shown) => [true, false].map((linkUp) => ({ known, shown, linkUp }))),
);

type UpstreamLaw = (view: UpstreamView, tried: readonly string[]) => boolean;
const upstreamLaws: Readonly<Record<string, UpstreamLaw>> = {
  'only what is known is tried, the newest first': ({ known }, tried) =>
    tried.every((password, index) => password === known[index]),
  'a link that is up gets the newest or is left as it is': ({ linkUp }, tried) =>
    !linkUp || tried.length <= 1,
  'where the newest is shown and the link is up nothing is done': ({ known, shown, linkUp }, tried) =>
    !linkUp || shown !== known[0] || tried.length === 0,
  'a link that is down may get anything that is known': ({ known, shown, linkUp }, tried) =>
    linkUp || tried.length === known.length || (known.length === 1 && shown === known[0]),
  'whichever of them is taken, it is found, and then nothing more is done once it is the newest': (
    { known, linkUp },
    tried,
  ) =>
    linkUp ||
    known.every((accepted) => {
      const shown = tried.find((password) => password === accepted) ?? known[0];
      return passwordsToTry({ known, shown, linkUp: true }).length === (accepted === known[0] ? 0 : 1);
    }),
};

test('every law of what is shown to the upstream holds in every view', () => {
  for (const view of everyUpstream) {
    const tried = passwordsToTry(view);
    for (const [law, holds] of Object.entries(upstreamLaws))
      assert.ok(holds(view, tried), `${law}: ${JSON.stringify({ view, tried })}`);
  }
});

test('the grace exceeds what kubelets and instances need to take over a Secret', () => {
  const [volumesLooked, cached, ownLook] = [90, 60, 10];
  assert.ok(formerPasswordGrace > seconds(volumesLooked + cached + ownLook));
});

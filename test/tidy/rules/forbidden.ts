import { isProduct, type Rule } from '../reading/repository.ts';
import { isTest, lineOf } from '../reading/source.ts';

/** Commands that empty a data set or tear a server out of its cluster (invariant I11), as text or as words of a list. */
const deadly = /flush(?:all|db)|cluster['"`\s,]+reset/gi;

export const nothingIsFlushed: Rule = ({ sources }) =>
  sources
    .filter((source) => isProduct(source) || source.path.startsWith('build/'))
    .flatMap(({ path, code }) =>
      [...code.matchAll(deadly)].map(
        (found) =>
          `${path}:${lineOf(code, found.index)} has ${found[0]}: no code may hold that command (I11)`,
      ),
    );

/** Packages and images come from wherever the machine is configured to take them from. */
const hosts: readonly RegExp[] = [
  /\b(?:docker|quay|ghcr|gcr|azurecr)[.]io\b/gi,
  /\b(?:registry|mirrors?|artifactory|nexus|npm|pypi)[.](?!example\b)[\w-]+[.](?:io|com|org|net|dev|cloud|internal)\b/gi,
  /\b(?:proxy|sum)[.]golang[.]org\b/gi,
  /\b(?:deb|security|archive)[.](?:debian|ubuntu)[.](?:org|com)\b/gi,
];

export const noRegistryIsNamed: Rule = ({ files }) =>
  files
    .filter(({ path }) => !/(^|\/)go\.(sum|mod)$/.test(path))
    .flatMap(({ path, text }) =>
      hosts.flatMap((pattern) =>
        [...text.matchAll(pattern)].map(
          (found) =>
            `${path}:${lineOf(text, found.index)} names the host ${found[0]}: say what is fetched, and leave from where to the machine`,
        ),
      ),
    );

export const typesAreNotSilenced: Rule = ({ sources }) =>
  sources.flatMap(({ path, bare, comments }) => [
    ...[...bare.matchAll(/\bas any\b/g)].map(
      (found) => `${path}:${lineOf(bare, found.index)} as any: say what it is; parse what is unknown`,
    ),
    ...[...comments.matchAll(/@ts-(?:ignore|nocheck)\b/g)].map(
      (found) => `${path}:${lineOf(comments, found.index)} ${found[0]}: mend what the compiler says`,
    ),
  ]);

const passedOver = /\.(?:skip|only|todo)\(|\b(?:skip|only|todo):/g;

/** A test that cannot run fails; none is skipped, and none is only announced. */
export const noTestIsSkipped: Rule = ({ sources }) =>
  sources
    .filter(({ path }) => isTest(path))
    .flatMap(({ path, bare }) =>
      [...bare.matchAll(passedOver)].map(
        (found) => `${path}:${lineOf(bare, found.index)} ${found[0]}: every test runs; write it or remove it`,
      ),
    );

/** A test says what must hold: by an assertion, or by an error of its own where there is more to tell. */
export const everyTestAsserts: Rule = ({ sources }) =>
  sources
    .filter(({ path, imports, bare }) => {
      const asserts = imports.some(({ specifier }) => specifier === 'node:assert/strict');
      return isTest(path) && !(asserts && /\bassert[.(]/.test(bare)) && !/\bthrow new \w*Error\b/.test(bare);
    })
    .map(({ path }) => `${path} asserts nothing: import node:assert/strict and say what must hold`);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onlyParts, partsOf } from './parts.ts';

const codeOf = (text: string): string => onlyParts(partsOf(text), ['code']);
const commentsOf = (text: string): string => onlyParts(partsOf(text), ['comment']).trim();

test('comments and the contents of strings are no code', () => {
  assert.equal(codeOf("a('await'); // await\nb"), 'a(       );         \nb');
  assert.equal(codeOf('a("\\"b"); /* c\nd */ e'), 'a(     );     \n     e');
});

test('what stands within a template is code, what stands around it is not', () => {
  assert.match(codeOf('`await ${await one(`two ${three}`)} await`;'), /^ +await one\( +three +\) +;$/);
  assert.match(codeOf('`a ${ {b: 1}.b } c` + d'), /^ +\{b: 1\}\.b +\+ d$/);
});

test('a slash after a value divides, and elsewhere begins a regular expression', () => {
  assert.equal(codeOf('a / b / c'), 'a / b / c');
  assert.match(codeOf("x.test(/'await'/g) && y"), /^x\.test\( +\) && y$/);
  assert.match(codeOf('return /[/"]/.test(z)'), /^return +\.test\(z\)$/);
});

test('comments are found, and addresses in strings are none', () => {
  assert.equal(commentsOf("a('http://b'); // invariant I2"), '// invariant I2');
});

test('nothing is lost: the parts together are the text', () => {
  const text = 'const a = `x${b}y`; // c\n/* d */ e = /f/ + "g";\n';
  assert.equal(
    partsOf(text)
      .map((part) => part.text)
      .join(''),
    text,
  );
  assert.equal(codeOf(text).length, text.length);
});

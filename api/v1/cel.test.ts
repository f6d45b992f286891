import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { celCompare, celList, celMessage, celQuantity, celShortened, celText } from './cel.ts';

/** What CEL reads between quotes: a backslash takes the next character as it is. */
function read(literal: string): string {
  const inside = /^'((?:[^'\\]|\\.)*)'$/su.exec(literal)?.[1];
  assert.ok(inside !== undefined, `${literal} is one literal`);
  return inside.replace(/\\(.)/gsu, '$1');
}

test('any text is one literal, which is read as that text', () => {
  assert.equal(celText("it's"), "'it\\'s'");
  const law = fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(read(celText(text)), text));
  fc.assert(law, { seed: 1 });
});

test('a list holds each text as a literal', () => {
  assert.equal(celList(['a', "b'"]), "['a', 'b\\'']");
  assert.equal(celList([]), '[]');
});

test('a message has its values in the places of {}, and a percent sign is one', () => {
  assert.equal(
    celMessage('{} of 90 % is not {}', 'self.a', 'self.b'),
    "'%s of 90 %% is not %s'.format([self.a, self.b])",
  );
});

test('what is no quantity is compared to nothing: another rule refuses it', () => {
  const compared = celCompare('self.a', '<=', 'self.b');
  assert.match(compared, /^\(!isQuantity\(string\(self\.a\)\) \|\| !isQuantity\(string\(self\.b\)\) \|\| /);
  assert.match(compared, /\.compareTo\(quantity\(string\(self\.b\)\)\) <= 0\)$/);
  assert.ok(compared.includes(celQuantity('self.a')));
});

test('a long value is shown as far as our own messages show it', () => {
  assert.equal(celShortened('self'), "(self.size() > 64 ? self.substring(0, 64) + '…' : self)");
});

// As much msgpack as the wire protocol needs: https://github.com/msgpack/msgpack/blob/master/spec.md

"use strict";

/** The value that `bytes` (a Buffer) holds. */
function decode(bytes) {
  let at = 0;
  const take = (size) => bytes.subarray(at, (at += size));
  const number = (size) => take(size).readUIntBE(0, size);
  const items = (count) => Array.from({ length: count }, value);
  const map = (count) => Object.fromEntries(items(2 * count).reduce(pairs, []));
  const pairs = (list, item, index) => (index % 2 ? list[list.length - 1].push(item) : list.push([item]), list);
  const others = {
    0xc0: () => null, 0xc2: () => false, 0xc3: () => true,
    0xc4: () => take(number(1)), 0xc5: () => take(number(2)), 0xc6: () => take(number(4)),
    0xca: () => take(4).readFloatBE(), 0xcb: () => take(8).readDoubleBE(),
    0xcc: () => number(1), 0xcd: () => number(2), 0xce: () => number(4), 0xcf: () => Number(take(8).readBigUInt64BE()),
    0xd0: () => take(1).readInt8(), 0xd1: () => take(2).readInt16BE(), 0xd2: () => take(4).readInt32BE(),
    0xd3: () => Number(take(8).readBigInt64BE()),
    0xd9: () => take(number(1)).toString(), 0xda: () => take(number(2)).toString(), 0xdb: () => take(number(4)).toString(),
    0xdc: () => items(number(2)), 0xdd: () => items(number(4)), 0xde: () => map(number(2)), 0xdf: () => map(number(4)),
  };
  function value() {
    const kind = number(1);
    if (kind < 0x80) return kind;
    if (kind < 0x90) return map(kind & 15);
    if (kind < 0xa0) return items(kind & 15);
    if (kind < 0xc0) return take(kind & 31).toString();
    if (kind >= 0xe0) return kind - 256;
    return others[kind]();
  }
  return value();
}

/** The bytes of a value: a map of short texts to texts, whole numbers and lists of them. */
function encode(value) {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([Buffer.from([0xd9, text.length]), text]);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(9, 0xd3);
    bytes.writeBigInt64BE(BigInt(value), 1);
    return bytes;
  }
  const list = Array.isArray(value);
  const parts = list ? value : Object.entries(value).flat();
  const head = Buffer.alloc(5, list ? 0xdd : 0xdf);
  head.writeUInt32BE(list ? parts.length : parts.length / 2, 1);
  return Buffer.concat([head, ...parts.map(encode)]);
}

module.exports = { decode, encode };

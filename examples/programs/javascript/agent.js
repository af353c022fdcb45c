// An agent in JavaScript. It plays the first legal action that lies nearest to the middle of the board.

"use strict";

const { decode, encode } = require("./msgpack.js");

function choose(mask) {
  const distance = (action) => Math.abs(2 * action + 1 - mask.length);
  const legal = [...mask.keys()].filter((action) => mask[action]);
  return legal.reduce((best, action) => (distance(action) < distance(best) ? action : best));
}

function answer(request) {
  const call = request.call;
  switch (request.type) {
    case "load": return { type: "loaded" };
    case "begin": return { type: "begun", call };
    case "end": return { type: "ended", call };
  }
  const [rows, actions] = request.masks.shape;
  const mask = (row) => request.masks.data.subarray(row * actions, (row + 1) * actions);
  return { type: "acted", call, actions: Array.from({ length: rows }, (_, row) => choose(mask(row))) };
}

let received = Buffer.alloc(0);
process.stdin.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  while (received.length >= 4 && received.length >= 4 + received.readUInt32LE()) {
    const size = 4 + received.readUInt32LE();
    const body = encode(answer(decode(received.subarray(4, size))));
    const header = Buffer.alloc(4);
    header.writeUInt32LE(body.length);
    process.stdout.write(Buffer.concat([header, body]));
    received = received.subarray(size);
  }
});

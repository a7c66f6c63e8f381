import { type ClientRequest, get } from 'node:http';

/** A process that holds many open streams and tells its parent when each has heard of a version. */
const [port = '', key = '', clients = '0'] = process.argv.slice(2);
const requests: ClientRequest[] = [];
const heardAt: number[] = [];
let open = 0;

const PATCH = /event: patch\n/;

for (let i = 0; i < Number(clients); i++) {
  const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
  const request = get(
    { host: '127.0.0.1', port: Number(port), path: '/v1/stream', headers, agent: false },
    (response) => {
      open++;
      if (open === Number(clients)) process.send?.({ kind: 'open' });
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (!PATCH.test(text)) return;
        heardAt.push(Date.now());
        if (heardAt.length < Number(clients)) return;
        process.send?.({ kind: 'heard', at: heardAt.splice(0) });
      });
    },
  );
  request.on('error', () => {});
  requests.push(request);
}

process.on('disconnect', () => process.exit());

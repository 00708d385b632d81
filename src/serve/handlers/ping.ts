import { type Methods, replyJson } from '../call.ts';

/** `GET /v2/`: the API is there, and asks for no credentials. */
export const ping: Methods = {
  GET: (call) => replyJson(call.response, [], 'application/json', {}),
  HEAD: (call) => replyJson(call.response, [], 'application/json', {}),
};

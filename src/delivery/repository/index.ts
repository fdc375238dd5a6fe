export { isRemoteAddress, parseRemoteAddress, type RemoteAddress, splitFragment } from "./address.js";
export { type ServerOptions, withServer } from "./client.js";
export { type CloneRequest, cloneRepository } from "./clone.js";
export { type DeployRequest, deployRepositories } from "./deploy.js";
export type { RepositoryErrorCode } from "./errors.js";
export { type ReceiveRequest, receiveState } from "./receive.js";
export { readRemote, readRemoteState } from "./remote.js";
export { type PostRequest, postState, putObjects, putState, type SendRequest } from "./send.js";
export type { LocalOptions } from "./source.js";

export { isRemoteAddress, parseRemoteAddress, type RemoteAddress } from "./address.js";
export { type ServerOptions, withServer } from "./client.js";
export { RepositoryError, type RepositoryErrorCode } from "./errors.js";
export { readRemote, readRemoteState } from "./remote.js";

export { BytesError, type BytesErrorCode, PvpkgError } from "./bytes/index.js";

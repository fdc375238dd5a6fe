export { encodeCanonicalJson } from "./canonical.js";
export { JsonError, type JsonErrorCode } from "./errors.js";
export { encodeCompactJson, encodeIndentedJson } from "./layout.js";
export { compareCodePoints, sortJson } from "./order.js";
export { type JsonParseOptions, parseJson } from "./parser.js";
export { jsonObject, jsonValue, type PlainJson, plainJson } from "./plain.js";
export { explainIssue } from "./schema.js";
export { jsonTokens } from "./tokens.js";
export { isJsonObject, type JsonArray, JsonNumber, type JsonObject, type JsonValue } from "./value.js";

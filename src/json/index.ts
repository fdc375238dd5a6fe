export { isJsonObject, type JsonArray, JsonNumber, type JsonObject, type JsonValue } from "./value.js";

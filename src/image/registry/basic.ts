/** Returns the `Authorization` for a user and a password (RFC 7617), in UTF-8. */
export function basicAuthorization(username: string, password: string): string {
	return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

/** Returns the secrets in an `Authorization`: a token, or a password in both of its forms. */
export function authorizationSecrets(authorization: string): string[] {
	const [scheme, value = ""] = authorization.split(" ");
	if (scheme !== "Basic") return [value];
	const pair = Buffer.from(value, "base64").toString("utf8");
	return [value, pair.slice(pair.indexOf(":") + 1)];
}

/** Returns the `Authorization` for the part of an address before `@`; undefined if there is none. */
export function urlAuthorization({ username, password }: URL): string | undefined {
	return username || password ? basicAuthorization(decoded(username), decoded(password)) : undefined;
}

/** Decodes percent escapes; a percent sign that begins no escape is literal. */
function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

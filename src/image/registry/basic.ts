/** The `Authorization` of a user and a password (RFC 7617), in UTF-8. */
export function basicAuthorization(username: string, password: string): string {
	return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

/** The secrets of an `Authorization`: a token, or a password in both its forms. */
export function authorizationSecrets(authorization: string): string[] {
	const [scheme, value = ""] = authorization.split(" ");
	if (scheme !== "Basic") return [value];
	const pair = Buffer.from(value, "base64").toString("utf8");
	return [value, pair.slice(pair.indexOf(":") + 1)];
}

/** The `Authorization` for the part of an address before `@`; undefined where there is none. */
export function urlAuthorization({ username, password }: URL): string | undefined {
	return username || password ? basicAuthorization(decoded(username), decoded(password)) : undefined;
}

/** A percent sign that escapes nothing stands for itself. */
function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** Whether a place is an address of a web server. */
export function isUrl(place: string): boolean {
	return /^https?:\/\//i.test(place);
}

/**
 * Returns an address without what may be secret, user, password, query and fragment, as it is recorded and printed.
 * Other places stay as they are.
 */
export function publicPlace(place: string): string {
	if (!isUrl(place)) return place;
	return place.split(/[?#]/, 1)[0]!.replace(/^(https?:\/\/)[^/]*@/i, "$1");
}

/** Whether an address has a part that is not recorded, and without which it may lead nowhere. */
export function hasQuery(place: string): boolean {
	return isUrl(place) && place.includes("?");
}

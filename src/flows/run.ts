import { type ImageResolver, type Ports, Run, type RunSettings } from "../container/index.js";

/** What a flow needs of the wings above the maker. */
interface PortOptions {
	/** Catalogues what images have inside. */
	readonly catalogue?: boolean;
	/** Decides which images are meant; without one a lock does, where there is one. */
	readonly resolver?: ImageResolver | undefined;
}

/** Calls `use` with a run of these settings, and the ports that they ask for. */
export async function withRun<T>(
	settings: RunSettings & PortOptions,
	use: (run: Run) => Promise<T>,
): Promise<T> {
	return Run.use(settings, await openPorts(settings), use);
}

/** The wings above the maker: a lock, catalogers and a shared cache are handed in here. */
async function openPorts(settings: RunSettings & PortOptions): Promise<Ports> {
	const { catalogue, lock } = settings;
	let resolver = settings.resolver;
	if (resolver === undefined && lock !== undefined) {
		const { LockResolver } = await import("./lock/index.js");
		resolver = LockResolver.open(lock, settings);
	}
	if (!catalogue) return { resolver };
	const { catalogueObserver } = await import("../evidence/catalogue/index.js");
	return { resolver, observer: catalogueObserver() };
}

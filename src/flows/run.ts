import { type BuildSettings, type Ports, Run } from "../container/index.js";

/** What a flow wants of the wings above the maker. */
interface Wishes {
	/** Catalogues what images have inside. */
	readonly catalogue?: boolean;
}

/** Calls `use` with a run of these settings, and the ports that they ask for. */
export async function withRun<T>(
	settings: BuildSettings & Wishes,
	use: (run: Run) => Promise<T>,
): Promise<T> {
	return Run.use(settings, await openPorts(settings), use);
}

/** The wings above the maker: a lock, catalogers and a shared cache are handed in here. */
async function openPorts({ catalogue }: Wishes): Promise<Ports> {
	if (!catalogue) return {};
	const { catalogueObserver } = await import("../evidence/catalogue/index.js");
	return { observer: catalogueObserver() };
}

/** Leaves out items that were deleted. */
export const ACTIVE_ITEMS_FILTER = 'EXCLUDE ItemID WHERE Items.ACTIVE IN ("false")';

/** Leaves out items that were deleted, and those that the user has skipped. */
export const ACTIVE_NOT_SKIPPED_FILTER = `EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("skip") | ${ACTIVE_ITEMS_FILTER}`;

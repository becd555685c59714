export interface AssetTypes {
  readonly formType: { readonly name: string; readonly description: string; readonly smithy: string };
  readonly assetType: { readonly name: string; readonly description: string };
}

export interface AssetContent {
  readonly name: string;
  readonly description: string;
  readonly formName: string;
  /** JSON text. */
  readonly form: string;
}

export interface NewAsset extends AssetContent {
  readonly project: string;
  readonly externalId: string;
  readonly type: string;
}

export interface Asset extends AssetContent {
  readonly id: string;
  /** Counts from 1. */
  readonly revision: string;
  readonly listing?: { readonly id: string; readonly active: boolean };
}

/**
 * Assets of custom types, and what is published of them.
 *
 * All methods throw `CatalogError`s.
 */
export interface Assets {
  /** Types have no client tokens: a name that is taken stands for what was wanted. The form has its type's name. */
  ensureTypes(domain: string, project: string, types: AssetTypes): Promise<void>;
  /** The id of an asset by what search knows, which may be behind what was written. */
  search(
    domain: string,
    project: string,
    asset: { readonly name: string; readonly externalId: string },
  ): Promise<string | undefined>;
  /** @throws CatalogError `MESH_CATALOG_CONFLICT` where the external id is taken */
  create(domain: string, asset: NewAsset, token: string): Promise<string>;
  revise(domain: string, id: string, content: AssetContent, token: string): Promise<void>;
  /** The newest revision. */
  get(domain: string, id: string, formName: string): Promise<Asset>;
  /** Which revision of the asset a listing shows. */
  listedRevision(domain: string, listing: string): Promise<string>;
  publish(domain: string, id: string, revision: string, token: string): Promise<void>;
}

import type { Form } from '../entities.js';

type FormRef = Omit<Form, 'content'>;

/** What a run puts a table's columns and location into. */
export const glueTableForm: FormRef = {
  formName: 'GlueTableForm',
  typeName: 'amazon.datazone.GlueTableFormType',
  typeRevision: '13',
};

/** Which data source an asset came from. */
export const sourceReferenceForm: FormRef = {
  formName: 'DataSourceReferenceForm',
  typeName: 'amazon.datazone.DataSourceReferenceFormType',
  typeRevision: '4',
};

const common: FormRef = {
  formName: 'AssetCommonDetailsForm',
  typeName: 'amazon.datazone.AssetCommonDetailsFormType',
  typeRevision: '6',
};

export interface BuiltInAssetType {
  readonly name: string;
  readonly revision: string;
  readonly forms: readonly (FormRef & { readonly required: boolean })[];
}

export const glueTableAssetType: BuiltInAssetType = {
  name: 'amazon.datazone.GlueTableAssetType',
  revision: '24',
  forms: [
    { ...glueTableForm, required: true },
    { ...sourceReferenceForm, required: false },
    { ...common, required: false },
  ],
};

/** Form types every domain has; what may be in them is not checked. */
export const builtInFormTypes: readonly FormRef[] = [glueTableForm, sourceReferenceForm, common];
export const builtInAssetTypes: readonly BuiltInAssetType[] = [glueTableAssetType];

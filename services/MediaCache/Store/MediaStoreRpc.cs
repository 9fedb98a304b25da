using GrokForge.Contracts.Media;

namespace GrokForge.MediaCache.Store;

/// <summary>The RPC door of the media store; every call answers UNIMPLEMENTED until the store exists.</summary>
internal sealed class MediaStoreRpc : MediaStore.MediaStoreBase;

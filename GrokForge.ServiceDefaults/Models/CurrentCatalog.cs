namespace GrokForge.ServiceDefaults.Models;

/// <summary>Holds the catalog in force and swaps it when its file changes.</summary>
public sealed class CurrentCatalog(ModelCatalog initial)
{
    private ModelCatalog _current = initial;

    public ModelCatalog Current => Volatile.Read(ref _current);

    /// <summary>Raised after a swap. Handlers must be quick and must not throw.</summary>
    public event Action<ModelCatalog>? Changed;

    internal void Replace(ModelCatalog catalog)
    {
        Volatile.Write(ref _current, catalog);
        Changed?.Invoke(catalog);
    }
}

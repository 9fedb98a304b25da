namespace GrokForge.ServiceDefaults.Stores;

/// <summary>
/// A store that names its migrations, so that a start sees without EF whether all were applied: to search the assembly for them would load every type of it.
/// </summary>
public interface IMigratedStore
{
    /// <summary>Ids, oldest first. A test compares them with what EF finds.</summary>
    static abstract IReadOnlyList<string> Migrations { get; }
}

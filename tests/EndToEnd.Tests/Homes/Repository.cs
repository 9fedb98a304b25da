namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>The checkout that these tests were built in.</summary>
internal static class Repository
{
    /// <summary>The folder of GrokForge.sln.</summary>
    public static string Root { get; } = System.IO.Path.GetDirectoryName(Executable.Artifacts)!;

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);
}

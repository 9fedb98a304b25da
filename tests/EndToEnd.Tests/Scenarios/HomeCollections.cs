using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Tests that share the one process on SQLite.</summary>
[CollectionDefinition(Name)]
public sealed class AllInOneCollection : ICollectionFixture<AllInOneHome>
{
    public const string Name = "all in one";
}

/// <summary>Tests that share the separate processes.</summary>
[CollectionDefinition(Name)]
public sealed class DistributedCollection : ICollectionFixture<DistributedHome>
{
    public const string Name = "distributed";
}

/// <summary>The chat scenarios in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class ChatInAllInOne(AllInOneHome home) : ChatScenarios(home);

/// <summary>The chat scenarios over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class ChatOverServices(DistributedHome home) : ChatScenarios(home);

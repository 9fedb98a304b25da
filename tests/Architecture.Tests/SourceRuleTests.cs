namespace GrokForge.Architecture.Tests;

/// <summary>The tree keeps every rule, and every rule notices a file that breaks it.</summary>
public sealed class SourceRuleTests
{
    private static IEnumerable<SourceFile> Product => SourceTree.Files.Where(f => !f.IsTest);

    private static IEnumerable<SourceFile> Services =>
        Product.Where(f => f.Path.StartsWith("services/", StringComparison.Ordinal) || f.Path.StartsWith("admin/", StringComparison.Ordinal))
            .Where(f => !f.Path.StartsWith("services/Simulator/", StringComparison.Ordinal));

    [Fact]
    public void No_file_is_longer_than_400_lines() => AssertNone(SourceTree.Files.SelectMany(f => SourceRules.FilesAreShort(f)));

    [Fact]
    public void No_method_is_longer_than_60_lines() => AssertNone(Product.SelectMany(f => SourceRules.MethodsAreShort(f)));

    [Fact]
    public void Type_names_say_what_the_type_does() => AssertNone(SourceTree.Files.SelectMany(SourceRules.TypeNamesSayTheirJob));

    [Fact]
    public void Classes_are_sealed_static_or_abstract() => AssertNone(Product.SelectMany(SourceRules.ClassesAreSealedOrStatic));

    [Fact]
    public void Services_show_only_their_module_and_options() => AssertNone(Services.SelectMany(SourceRules.ServiceTypesAreInternal));

    [Fact]
    public void Time_comes_from_the_provider() => AssertNone(SourceTree.Files.SelectMany(SourceRules.TimeComesFromTheProvider));

    [Fact]
    public void Nothing_blocks_on_a_task() => AssertNone(SourceTree.Files.SelectMany(SourceRules.NothingBlocksOnTasks));

    [Fact]
    public void Cancellation_tokens_are_last_and_required() => AssertNone(Product.SelectMany(SourceRules.CancellationTokensAreLastAndRequired));

    [Fact]
    public void Classes_take_at_most_five_dependencies() => AssertNone(Product.SelectMany(f => SourceRules.ConstructorsAreSmall(f)));

    [Fact]
    public void Every_type_says_what_it_is_for() => AssertNone(Product.SelectMany(SourceRules.EveryTypeSaysWhatItIsFor));

    [Fact]
    public void Logging_is_generated() => AssertNone(Product.SelectMany(SourceRules.LogsAreGenerated));

    [Fact]
    public void Nothing_is_left_unfinished() => AssertNone(SourceTree.Files.SelectMany(SourceRules.NothingIsLeftUnfinished));

    // The client of bytes is for what no HTTP client would send; it reads no stream to its end.
    [Fact]
    public void Gateways_are_asked_by_watched_clients() => AssertNone(SourceTree.Files
        .Where(f => f.Path.StartsWith("tests/EndToEnd.Tests/", StringComparison.Ordinal) || f.Path.StartsWith("tests/Contracts.Tests/Gateway/", StringComparison.Ordinal))
        .Where(f => !f.Path.EndsWith("/RawClient.cs", StringComparison.Ordinal))
        .SelectMany(SourceRules.GatewaysAreAskedByWatchedClients));

    public static TheoryData<string, string> BrokenFiles => new()
    {
        { nameof(SourceRules.TypeNamesSayTheirJob), "namespace X; /// <summary>x</summary>\n internal sealed class TokenManager;" },
        { nameof(SourceRules.TypeNamesSayTheirJob), "namespace X; /// <summary>x</summary>\n internal enum TokenInfo { A }" },
        { nameof(SourceRules.TypeNamesSayTheirJob), "namespace X; /// <summary>x</summary>\n internal delegate void TokenHelper();" },
        { nameof(SourceRules.ClassesAreSealedOrStatic), "namespace X; internal class Open;" },
        { nameof(SourceRules.ClassesAreSealedOrStatic), "namespace X; internal record Open(int A);" },
        { nameof(SourceRules.ServiceTypesAreInternal), "namespace X; public sealed class Loud;" },
        { nameof(SourceRules.ServiceTypesAreInternal), "namespace X; public enum Loud { A }" },
        { nameof(SourceRules.ServiceTypesAreInternal), "namespace X; public delegate void Loud();" },
        { nameof(SourceRules.TimeComesFromTheProvider), "class C { object A = System.DateTime." + "UtcNow; }" },
        { nameof(SourceRules.TimeComesFromTheProvider), "class C { object A = DateTimeOffset." + "Now; }" },
        { nameof(SourceRules.TimeComesFromTheProvider), "class C { void A() => Thread." + "Sleep(1); }" },
        { nameof(SourceRules.NothingBlocksOnTasks), "class C { void A() => B().GetAwaiter()" + ".GetResult(); }" },
        { nameof(SourceRules.CancellationTokensAreLastAndRequired), "class C { void A(CancellationToken t = default) { } }" },
        { nameof(SourceRules.CancellationTokensAreLastAndRequired), "class C { void A(CancellationToken t, int b) { } }" },
        { nameof(SourceRules.ConstructorsAreSmall), "class C(int a, int b, int c, int d, int e, int f);" },
        { nameof(SourceRules.EveryTypeSaysWhatItIsFor), "namespace X; internal sealed class Silent;" },
        { nameof(SourceRules.EveryTypeSaysWhatItIsFor), "namespace X; internal enum Silent { A }" },
        { nameof(SourceRules.EveryTypeSaysWhatItIsFor), "namespace X; internal delegate void Silent();" },
        { nameof(SourceRules.LogsAreGenerated), "class C { void A() => log.Log" + "Information(\"x\"); }" },
        { nameof(SourceRules.GatewaysAreAskedByWatchedClients), "class C { object A = new HttpClient(); }" },
        { nameof(SourceRules.GatewaysAreAskedByWatchedClients), "class C { HttpClient _a = new() { Timeout = B }; }" },
        { nameof(SourceRules.NothingIsLeftUnfinished), "// TO" + "DO later" },
        { nameof(SourceRules.FilesAreShort), new string('\n', 401) },
        { nameof(SourceRules.MethodsAreShort), "class C { void A() {" + new string('\n', 61) + "} }" },
    };

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void A_broken_file_is_noticed(string rule, string text)
    {
        var file = new SourceFile("services/Gateway/Broken.cs", text);
        IEnumerable<string> found = rule switch
        {
            nameof(SourceRules.FilesAreShort) => SourceRules.FilesAreShort(file),
            nameof(SourceRules.MethodsAreShort) => SourceRules.MethodsAreShort(file),
            nameof(SourceRules.TypeNamesSayTheirJob) => SourceRules.TypeNamesSayTheirJob(file),
            nameof(SourceRules.ClassesAreSealedOrStatic) => SourceRules.ClassesAreSealedOrStatic(file),
            nameof(SourceRules.ServiceTypesAreInternal) => SourceRules.ServiceTypesAreInternal(file),
            nameof(SourceRules.TimeComesFromTheProvider) => SourceRules.TimeComesFromTheProvider(file),
            nameof(SourceRules.NothingBlocksOnTasks) => SourceRules.NothingBlocksOnTasks(file),
            nameof(SourceRules.CancellationTokensAreLastAndRequired) => SourceRules.CancellationTokensAreLastAndRequired(file),
            nameof(SourceRules.ConstructorsAreSmall) => SourceRules.ConstructorsAreSmall(file),
            nameof(SourceRules.EveryTypeSaysWhatItIsFor) => SourceRules.EveryTypeSaysWhatItIsFor(file),
            nameof(SourceRules.LogsAreGenerated) => SourceRules.LogsAreGenerated(file),
            nameof(SourceRules.GatewaysAreAskedByWatchedClients) => SourceRules.GatewaysAreAskedByWatchedClients(file),
            _ => SourceRules.NothingIsLeftUnfinished(file),
        };
        Assert.NotEmpty(found);
    }

    private static void AssertNone(IEnumerable<string> violations)
    {
        var found = violations.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found.Take(40)));
    }
}

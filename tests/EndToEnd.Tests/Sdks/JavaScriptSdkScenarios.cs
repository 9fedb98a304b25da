using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.EndToEnd.Tests.Scenarios;

namespace GrokForge.EndToEnd.Tests.Sdks;

/// <summary>The JavaScript clients as their users have them, whatever home they talk to. What each does is written in its script in Sdks/node.</summary>
public abstract class JavaScriptSdkScenarios(Home home) : HomeScenarios(home)
{
    private static readonly string[] EveryClient =
    [
        "chat whole", "chat streamed", "usage in the stream", "system and developer",
        "tool call", "tool call streamed", "structured output", "structured output streamed", "picture in",
        "unknown key", "unknown model", "bad field", "rate limit", "stream cut off", "stream aborted",
    ];

    [Fact]
    public Task The_openai_package_is_served() => ServesAsync("openai.mjs", [.. EveryClient, "stream helper", "unset options as null", "custom tool", "models"]);

    [Fact]
    public Task The_Vercel_AI_SDK_is_served() => ServesAsync("ai-sdk.mjs", EveryClient);

    [Fact]
    public Task LangChain_is_served() => ServesAsync("langchain.mjs", EveryClient);

    private async Task ServesAsync(string script, string[] checks)
    {
        await Home.ImportTokensAsync(2);
        var environment = new Dictionary<string, string>
        {
            ["SDK_BASE_URL"] = new Uri(Entrance, "v1").ToString(),
            ["SDK_KEY"] = (await Home.CreateKeyAsync()).Key,
            ["SDK_LIMITED_KEY"] = (await Home.CreateKeyAsync(rateLimit: 1)).Key,
        };
        var report = await NodeClients.RunAsync(script, environment, Cancelled);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", report.Clients));
        Assert.Equal(checks.Order(), report.Checks.Select(c => c.Name).Order());
        Assert.True(report.Checks.All(c => c.Failure is null),
            string.Join("\n\n", report.Checks.Where(c => c.Failure is not null).Select(c => $"{c.Name}: {c.Failure}").Prepend(string.Join(", ", report.Clients))));
        Assert.Contains(Home.Grok.Chats, c => c.Message.Contains("Be brief.", StringComparison.Ordinal) && c.Message.Contains("Answer in English.", StringComparison.Ordinal));

        Assert.NotEmpty(Home.Grok.Files);

        // The client that left must not leave its upstream call behind.
        await Home.Grok.UntilAsync(grok => grok.InFlight == 0, Cancelled);
        Assert.Contains(Home.Grok.Chats, c => c.Disconnected);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "every lease is freed");
    }
}

/// <summary>The JavaScript clients against one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class JavaScriptSdksInAllInOne(AllInOneHome home) : JavaScriptSdkScenarios(home);

/// <summary>The JavaScript clients against separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class JavaScriptSdksOverServices(DistributedHome home) : JavaScriptSdkScenarios(home);

/// <summary>The JavaScript clients behind a real nginx with default settings.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class JavaScriptSdksBehindNginx(AllInOneHome home) : JavaScriptSdkScenarios(home)
{
    protected override bool IsBehindNginx => true;
}

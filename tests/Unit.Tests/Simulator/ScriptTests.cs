using GrokForge.Simulator.GrokWeb.Chat;
using GrokForge.Simulator.GrokWeb.Quota;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>Which answer is chosen: scripts, beginnings of tokens, markers.</summary>
public sealed class ScriptTests : SimulatorTest
{
    [Fact]
    public async Task Queued_answers_come_first_and_once()
    {
        Grok.ForToken("sso-1").Respond(Answer.Text("standing")).Next(Answer.RateLimited()).Next(Answer.Text("second"));
        Assert.Equal(429, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal("second", await SaidAsync(GrokCall.Chat("Hi")));
        Assert.Equal("standing", await SaidAsync(GrokCall.Chat("Hi")));
        Assert.Equal("standing", await SaidAsync(GrokCall.Chat("Hi")));
    }

    [Fact]
    public async Task A_tokens_own_script_beats_the_one_for_any_token()
    {
        Grok.ForAnyToken.Respond(Answer.Text("any"));
        Grok.ForToken("sso-1").Respond(Answer.Text("own"));
        Assert.Equal("own", await SaidAsync(GrokCall.Chat("Hi")));
        Assert.Equal("any", await SaidAsync(GrokCall.Chat("Hi", "sso-2")));
    }

    [Fact]
    public async Task A_script_may_depend_on_the_request()
    {
        Grok.ForAnyToken.Respond(request => Answer.Text(request.Token + " asks " + request.Message));
        Assert.Equal("sso-2 asks Hi", await SaidAsync(GrokCall.Chat("Hi", "sso-2")));
    }

    [Fact]
    public async Task Each_surface_has_its_own_script()
    {
        Grok.RateLimits.ForAnyToken.Status(500);
        Grok.Uploads.ForToken("sso-1").Status(401);
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal(500, await StatusOfAsync(GrokCall.Quota("fast")));
        Assert.Equal(401, await StatusOfAsync(GrokCall.Upload("aGk=")));
        Assert.Equal(200, await StatusOfAsync(GrokCall.Upload("aGk=", "sso-2")));
    }

    [Fact]
    public async Task Reset_forgets_scripts_and_records()
    {
        Grok.ForAnyToken.Status(500);
        await BodyOfAsync(GrokCall.Chat("Hi"));
        Grok.Reset();
        Assert.Empty(Grok.Requests);
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
    }

    [Theory]
    [InlineData("demo-expired-1", 401, 401)]
    [InlineData("demo-blocked-1", 403, 403)]
    [InlineData("demo-challenge-1", 403, 403)]
    [InlineData("demo-rejected-1", 403, 403)]
    [InlineData("demo-limited-1", 429, 200)]
    [InlineData("demo-broken-1", 503, 200)]
    [InlineData("demo-empty-1", 200, 200)]
    [InlineData("demo-1", 200, 200)]
    public async Task A_tokens_beginning_chooses_the_answer(string token, int chat, int quota)
    {
        Assert.Equal(chat, await StatusOfAsync(GrokCall.Chat("Hi", token)));
        Assert.Equal(quota, await StatusOfAsync(GrokCall.Quota("fast", token)));
    }

    [Theory]
    [InlineData("[[status 418]]", 418)]
    [InlineData("[[challenge]]", 403)]
    [InlineData("[[blocked]]", 403)]
    [InlineData("[[policy]]", 403)]
    [InlineData("[[status 429]] [[retry-after 5]]", 429)]
    [InlineData("[[anti-bot]]", 200)]
    [InlineData("system: Be brief.\n\n[[status 503]] Hi", 503)]
    [InlineData("system: [[status 503]]\n\nHi", 200)]
    public async Task A_marker_in_the_last_user_text_chooses_the_status(string message, int status) => Assert.Equal(status, await StatusOfAsync(GrokCall.Chat(message)));

    [Theory]
    [InlineData("[[tokens 3]]", "token1 token2 token3 ")]
    [InlineData("[[sse-not]] Hi", "Hello from the simulator. You said: [[sse-not]] Hi")]
    [InlineData("[[think a b]] [[no-final]] Hi", "a bHello from the simulator. You said: Hi")]
    [InlineData("[[suffix  and more.]] Hi", "Hello from the simulator. You said: Hi")]
    public async Task Markers_shape_what_is_said(string message, string said) => Assert.Equal(said, await SaidAsync(GrokCall.Chat(message)));

    [Fact]
    public async Task A_suffix_stands_only_in_the_final_message() => Assert.Contains(
        "\"message\":\"Hello from the simulator. You said: Hi and more.\"", await BodyOfAsync(GrokCall.Chat("[[suffix  and more.]] Hi")), StringComparison.Ordinal);

    [Fact]
    public async Task Every_marker_but_the_endless_ones_ends()
    {
        Grok.Quota.SetTier("sso-1", Tier.Heavy);
        foreach (var marker in PromptMarkers.All.Where(marker => marker.Name is not ("silent" or "headers-only" or "stall" or "hold" or "hold-headers" or "slow" or "reset")))
        {
            var call = GrokCall.Chat($"[[{marker.Form.Replace("N", "1", StringComparison.Ordinal)}]] one two");
            try
            {
                await BodyOfAsync(call);
            }
            catch (HttpRequestException) when (marker.Name is "refuse" or "drop" or "drop-at")
            {
                // The marker's point.
            }
        }

        Assert.True(Grok.Chats.Count > 30);
    }

    [Theory]
    [InlineData("Hi", "Hi")]
    [InlineData("Hi\n\nthere", "Hi\n\nthere")]
    [InlineData("system: Be brief.\n\nHi", "Hi")]
    [InlineData("user: Hi\n\nassistant: Hello!\n\nAnd now?", "And now?")]
    [InlineData("Hi\n\nassistant: Well", "Hi")]
    [InlineData("system: A\n\nassistant: B", "assistant: B")]
    public void The_last_user_text_is_found_in_a_flattened_conversation(string message, string text) => Assert.Equal(text, FlattenedPrompt.LastUserText(message));

    [Fact]
    public async Task The_start_page_and_the_documentation_name_every_marker_and_prefix()
    {
        var page = await Client.GetStringAsync(new Uri("/", UriKind.Relative), Token);
        var docs = await File.ReadAllTextAsync(Path.Combine(Repository(), "docs", "simulator.md"), Token);
        Assert.All(PromptMarkers.All, marker => Assert.Contains($"[[{marker.Form}]]", page, StringComparison.Ordinal));
        Assert.All(PromptMarkers.All, marker => Assert.Contains($"`[[{marker.Form}]]`", docs, StringComparison.Ordinal));
        Assert.All(TokenPrefixes.All, prefix => Assert.Contains(prefix.Start, page, StringComparison.Ordinal));
        Assert.All(TokenPrefixes.All, prefix => Assert.Contains($"`{prefix.Start}`", docs, StringComparison.Ordinal));
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "GrokForge.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}

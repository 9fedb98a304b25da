using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What a key may see and use, and what the operator's settings say of requests that do not say it themselves, in every home.</summary>
public abstract class BasicsScenarios(Home home) : HomeScenarios(home)
{
    [Fact]
    public async Task The_models_are_listed_in_order()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var list = await ListAsync(client);
        Assert.Equal("list", list.GetProperty("object").GetString());
        var models = list.GetProperty("data").EnumerateArray().ToList();
        var ids = models.Select(ModelOf).ToList();
        Assert.Contains("grok-4.20-fast", ids);
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.All(models, m => Assert.Equal(["id", "object", "created", "owned_by", "type"], m.EnumerateObject().Select(p => p.Name)));
        Assert.All(models, m => Assert.Equal(("model", "xai"), (m.GetProperty("object").GetString(), m.GetProperty("owned_by").GetString())));
    }

    [Fact]
    public async Task A_key_sees_and_uses_the_models_on_its_list_alone()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync(models: "grok-4.20-fast")).Key);
        Assert.Equal(["grok-4.20-fast"], (await ListAsync(client)).GetProperty("data").EnumerateArray().Select(ModelOf));
        using var unseen = await client.GetAsync(new Uri("v1/models/grok-4.20", UriKind.Relative), Cancelled);
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (unseen.StatusCode, (await unseen.ErrorAsync()).GetProperty("code").GetString()));
        using var unallowed = await client.ChatAsync("Hi", "grok-4.20");
        Assert.Equal((HttpStatusCode.Forbidden, "model_not_allowed"), (unallowed.StatusCode, (await unallowed.ErrorAsync()).GetProperty("code").GetString()));
        using var allowed = await client.ChatAsync("Hi");
        await allowed.ContentAsync();
    }

    [Fact]
    public async Task Where_a_request_says_nothing_of_a_stream_the_operator_decides()
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Text("Hello"));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        Assert.Equal("application/json", await TypeOfAsync(client, ""));
        await Home.PutConfigAsync(new { app = new { stream = true } });
        try
        {
            await Until.TrueAsync(async () => await TypeOfAsync(client, "") == "text/event-stream", "the setting acts");
            Assert.Equal("text/event-stream", await TypeOfAsync(client, "\"stream\":null,"));
            Assert.Equal("application/json", await TypeOfAsync(client, "\"stream\":false,"));
        }
        finally
        {
            await Home.PutConfigAsync(new { app = new { stream = false } });
        }

        await Until.TrueAsync(async () => await TypeOfAsync(client, "") == "application/json", "the setting acts again");
    }

    [Fact]
    public async Task What_the_operator_says_of_every_request_reaches_the_next_one_unless_it_says_otherwise()
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Text("Hello"));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        Assert.Equal((true, true, null), await AskedAsync(client, ""));
        await Home.PutConfigAsync(new { app = new { temporary = false, disable_memory = false, custom_instruction = "Speak plainly." } });
        try
        {
            await Until.TrueAsync(async () => await AskedAsync(client, "") == (false, false, "Speak plainly."), "the settings act");
            Assert.Equal((true, false, "Be kind."), await AskedAsync(client, "\"temporary\":true,\"custom_instruction\":\"Be kind.\","));
        }
        finally
        {
            await Home.PutConfigAsync(new { app = new { temporary = true, disable_memory = true, custom_instruction = "" } });
        }

        await Until.TrueAsync(async () => await AskedAsync(client, "") == (true, true, null), "the settings act again");
    }

    private static async Task<JsonElement> ListAsync(HttpClient client) => await client.GetFromJsonAsync<JsonElement>(new Uri("v1/models", UriKind.Relative), Cancelled);

    private static string? ModelOf(JsonElement model) => model.GetProperty("id").GetString();

    private static async Task<string?> TypeOfAsync(HttpClient client, string fields)
    {
        using var answer = await client.SendAsync(Body(fields), Cancelled);
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Contains("Hello", text, StringComparison.Ordinal);
        return answer.Content.Headers.ContentType?.MediaType;
    }

    /// <summary>What the upstream was asked.</summary>
    private async Task<(bool Temporary, bool DisableMemory, string? Instruction)> AskedAsync(HttpClient client, string fields)
    {
        using var answer = await client.SendAsync(Body(fields), Cancelled);
        await answer.ContentAsync();
        var body = Home.Grok.Chats[^1].Json!.Value;
        return (body.GetProperty("temporary").GetBoolean(), body.GetProperty("disableMemory").GetBoolean(),
            body.TryGetProperty("customPersonality", out var instruction) ? instruction.GetString() : null);
    }

    private static string Body(string fields) => $$"""{"model":"grok-4.20-fast",{{fields}}"messages":[{"role":"user","content":"Hi"}]}""";
}

/// <summary>The basic scenarios in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class BasicsInAllInOne(AllInOneHome home) : BasicsScenarios(home);

/// <summary>The basic scenarios over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class BasicsOverServices(DistributedHome home) : BasicsScenarios(home);

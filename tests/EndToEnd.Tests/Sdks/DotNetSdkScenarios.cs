using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.EndToEnd.Tests.Scenarios;
using GrokForge.TestKit;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace GrokForge.EndToEnd.Tests.Sdks;

/// <summary>The official client for .NET (package OpenAI), whatever home it talks to.</summary>
public abstract class DotNetSdkScenarios(Home home) : HomeScenarios(home)
{
    private const string Model = "grok-4.20-fast";
    private const string Question = "Hello there";
    private const string Answer = "Hello from the simulator. You said: Hello there";

    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}""";

    // What the simulator is asked to do.
    private const string WeatherCall = "[[call get_weather {\"city\":\"Paris\"}]]";

    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool("get_weather", "The weather of a city.", BinaryData.FromString(Schema), functionSchemaIsStrict: true);

    private readonly HttpClient _http = WatchedClient.Of(null);
    private string _key = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Home.ImportTokensAsync(1);
        _key = (await Home.CreateKeyAsync()).Key;
    }

    public override ValueTask DisposeAsync()
    {
        _http.Dispose();
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }

    [Fact]
    public async Task A_chat_is_answered_whole()
    {
        ChatCompletion completion = await Chat().CompleteChatAsync([new UserChatMessage(Question)], new ChatCompletionOptions(), Cancelled);
        Assert.Equal(Answer, completion.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);
        Assert.Equal(Model, completion.Model);
        Assert.Equal(completion.Usage.TotalTokenCount, completion.Usage.InputTokenCount + completion.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task A_streamed_chat_ends_with_its_usage()
    {
        var text = new StringBuilder();
        ChatTokenUsage? usage = null;
        var reasons = new List<ChatFinishReason>();
        await foreach (var update in Chat().CompleteChatStreamingAsync([new UserChatMessage(Question)], new ChatCompletionOptions(), Cancelled))
        {
            foreach (var part in update.ContentUpdate)
                text.Append(part.Text);
            if (update.FinishReason is { } reason)
                reasons.Add(reason);
            usage = update.Usage ?? usage;
        }

        Assert.Equal(Answer, text.ToString());
        Assert.Equal([ChatFinishReason.Stop], reasons);
        Assert.True(usage?.OutputTokenCount > 0, "The client always asks for usage.");
    }

    [Fact]
    public async Task Instructions_in_either_role_reach_the_upstream()
    {
        ChatMessage[] messages = [new SystemChatMessage("Be brief."), new DeveloperChatMessage("Answer in English."), new UserChatMessage(Question)];
        ChatCompletion completion = await Chat().CompleteChatAsync(messages, new ChatCompletionOptions(), Cancelled);
        Assert.Equal(Answer, completion.Content[0].Text);
        var prompt = Assert.Single(Home.Grok.Chats).Message;
        Assert.Contains("Be brief.", prompt, StringComparison.Ordinal);
        Assert.Contains("Answer in English.", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_call_and_its_result_make_the_round_trip()
    {
        var options = new ChatCompletionOptions { Tools = { Weather } };
        List<ChatMessage> messages = [new UserChatMessage(WeatherCall)];
        ChatCompletion asking = await Chat().CompleteChatAsync(messages, options, Cancelled);
        Assert.Equal(ChatFinishReason.ToolCalls, asking.FinishReason);
        var call = Assert.Single(asking.ToolCalls);
        Assert.Equal(("get_weather", "Paris"), (call.FunctionName, City(call.FunctionArguments.ToString())));
        messages.AddRange([new AssistantChatMessage(asking), new ToolChatMessage(call.Id, "21 degrees")]);
        ChatCompletion told = await Chat().CompleteChatAsync(messages, options, Cancelled);
        Assert.EndsWith("21 degrees", told.Content[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_streamed_tool_call_comes_together()
    {
        var (names, arguments) = (new StringBuilder(), new StringBuilder());
        ChatFinishReason? reason = null;
        await foreach (var update in Chat().CompleteChatStreamingAsync([new UserChatMessage(WeatherCall)], new ChatCompletionOptions { Tools = { Weather } }, Cancelled))
        {
            foreach (var piece in update.ToolCallUpdates)
            {
                names.Append(piece.FunctionName);
                arguments.Append(piece.FunctionArgumentsUpdate);
            }

            reason = update.FinishReason ?? reason;
        }

        Assert.Equal(("get_weather", "Paris", ChatFinishReason.ToolCalls), (names.ToString(), City(arguments.ToString()), reason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Structured_output_is_the_json_alone(bool stream)
    {
        var options = new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("weather", BinaryData.FromString(Schema), jsonSchemaIsStrict: true) };
        ChatMessage[] messages = [new UserChatMessage("[[say Here it is: {\"city\":\"Paris\"}]]")];
        var text = new StringBuilder();
        if (stream)
        {
            await foreach (var update in Chat().CompleteChatStreamingAsync(messages, options, Cancelled))
                text.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
        }
        else
        {
            ChatCompletion completion = await Chat().CompleteChatAsync(messages, options, Cancelled);
            text.Append(completion.Content[0].Text);
        }

        Assert.Equal("Paris", City(text.ToString()));
    }

    [Fact]
    public async Task A_picture_reaches_the_upstream()
    {
        var picture = BinaryData.FromBytes(Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="));
        ChatCompletion completion = await Chat().CompleteChatAsync(
            [new UserChatMessage(ChatMessageContentPart.CreateTextPart(Question), ChatMessageContentPart.CreateImagePart(picture, "image/png"))], new ChatCompletionOptions(), Cancelled);
        Assert.Equal(Answer, completion.Content[0].Text);
        Assert.Single(Home.Grok.Files);
    }

    [Fact]
    public async Task The_models_are_listed()
    {
        var client = Client(_key).GetOpenAIModelClient();
        OpenAIModelCollection models = await client.GetModelsAsync(Cancelled);
        Assert.Contains(models, m => m.Id == Model);
        OpenAIModel one = await client.GetModelAsync(Model, Cancelled);
        Assert.Equal(Model, one.Id);
    }

    [Fact]
    public Task An_unknown_key_is_refused() =>
        RefusesAsync(Chat(key: "gf-000000000000000000000000000000000000000000000000"), 401, "invalid_api_key", param: null);

    [Fact]
    public Task An_unknown_model_is_refused() => RefusesAsync(Chat(model: "gpt-12"), 404, "model_not_found", "model");

    [Fact]
    public Task A_bad_field_is_named() =>
        RefusesAsync(Chat(), 400, "invalid_temperature", "temperature", new ChatCompletionOptions { Temperature = 9 });

    [Fact]
    public async Task A_key_at_its_rate_limit_is_refused()
    {
        var limited = Chat(key: (await Home.CreateKeyAsync(rateLimit: 1)).Key);
        await limited.CompleteChatAsync([new UserChatMessage(Question)], new ChatCompletionOptions(), Cancelled);
        await RefusesAsync(limited, 429, "rate_limit_exceeded", param: null);
    }

    [Fact]
    public async Task A_client_that_stops_reading_ends_the_upstream_call()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var seen = new StringBuilder();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in Chat().CompleteChatStreamingAsync([new UserChatMessage($"[[stall]] {Question}")], new ChatCompletionOptions(), leaving.Token))
            {
                foreach (var part in update.ContentUpdate)
                    seen.Append(part.Text);
                if (seen.Length > 0)
                    await leaving.CancelAsync();
            }
        });
        Assert.StartsWith(seen.ToString(), Answer, StringComparison.Ordinal);
        await Home.Grok.UntilAsync(grok => grok.InFlight == 0, Cancelled);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the lease is freed");
    }

    private static string? City(string json) => JsonDocument.Parse(json).RootElement.GetProperty("city").GetString();

    private static async Task RefusesAsync(ChatClient chat, int status, string code, string? param, ChatCompletionOptions? options = null)
    {
        var refusal = await Assert.ThrowsAsync<ClientResultException>(
            () => chat.CompleteChatAsync([new UserChatMessage(Question)], options ?? new ChatCompletionOptions(), Cancelled));
        Assert.Equal(status, refusal.Status);
        var error = JsonDocument.Parse(refusal.GetRawResponse()!.Content).RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
    }

    private ChatClient Chat(string? key = null, string model = Model) => Client(key ?? _key).GetChatClient(model);

    // Without its repeats, so that each test sees the first answer.
    private OpenAIClient Client(string key) => new(
        new ApiKeyCredential(key), new OpenAIClientOptions
        {
            Endpoint = new Uri(Entrance, "v1"),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            Transport = new HttpClientPipelineTransport(_http),
        });
}

/// <summary>The .NET client against one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class DotNetSdkInAllInOne(AllInOneHome home) : DotNetSdkScenarios(home);

/// <summary>The .NET client against separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class DotNetSdkOverServices(DistributedHome home) : DotNetSdkScenarios(home);

/// <summary>The .NET client behind a real nginx with default settings.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class DotNetSdkBehindNginx(AllInOneHome home) : DotNetSdkScenarios(home)
{
    protected override bool IsBehindNginx => true;
}

using System.Text.Json;
using GrokForge.Simulator.GrokWeb.Upload;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.GrokWeb.Chat;

/// <summary>Conversations: answers as the prompt's markers ask, else says what the user said.</summary>
internal sealed class ChatSurface(UploadedFiles files) : GrokWebSurface
{
    public override Surface Surface => Surface.Chat;

    public override string Path => "/rest/app-chat/conversations/new";

    public override void Check(JsonElement body, string token, Findings findings) => ChatBodyRules.Check(body, id => files.Has(token, id), findings);

    public override Answer Reply(ReceivedRequest request) =>
        PromptMarkers.Read(FlattenedPrompt.LastUserText(request.Message), text => "Hello from the simulator. You said: " + text);
}

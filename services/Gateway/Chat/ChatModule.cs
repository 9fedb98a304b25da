namespace GrokForge.Gateway.Chat;

/// <summary>Chat completions in OpenAI's dialect.</summary>
internal static class ChatModule
{
    public static WebApplicationBuilder AddChat(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TokenEstimate>();
        builder.Services.AddSingleton<ChatIntake>();
        builder.Services.AddSingleton<ChatReader>();
        builder.Services.AddSingleton<ChatStreaming>();
        builder.Services.AddSingleton<ChatCollecting>();
        builder.Services.AddSingleton<ChatEndpoint>();
        return builder;
    }

    /// <param name="v1">The group /v1.</param>
    public static IEndpointRouteBuilder MapChat(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/chat/completions", static (ChatEndpoint chat, HttpContext context) => chat.HandleAsync(context));
        return v1;
    }
}

namespace GrokForge.Unit.Tests.Gateway.Chat;

/// <summary>Bodies in the shape that the clients send, after their documentation and their source.</summary>
internal static class ClientBodies
{
    public const string OpenWebUi = """
        {"stream":true,"model":"grok-4.20","messages":[{"role":"system","content":""},{"role":"user","content":"Hi"},{"role":"assistant","content":""},
        {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}],
        "stream_options":{"include_usage":true},"max_tokens":1000,"stop":["###"],"seed":0,"logit_bias":null,"session_id":"s","chat_id":"c","id":"m","background_tasks":{"title_generation":true},"features":{"web_search":false}}
        """;

    public const string LobeChat = """
        {"messages":[{"content":"You are helpful.","role":"system"},{"content":"Search it","role":"user"},{"content":"","role":"assistant","tool_calls":[{"function":{"arguments":"{\"q\":\"x\"}","name":"lobe-web____search"},"id":"call_1","type":"function"}]},
        {"content":"[{\"title\":\"T\"}]","name":"lobe-web____search","role":"tool","tool_call_id":"call_1"}],
        "model":"grok-4.20","frequency_penalty":0,"presence_penalty":0,"temperature":1,"top_p":1,"stream":true,"stream_options":{"include_usage":true},"user":"u",
        "tools":[{"function":{"description":"Searches.","name":"lobe-web____search","parameters":{"properties":{"q":{"type":"string"}},"required":["q"],"type":"object"}},"type":"function"}]}
        """;

    public const string NextChat = """
        {"messages":[{"role":"system","content":"\nYou are ChatGPT.\n"},{"role":"user","content":"Hi"}],"stream":true,"model":"grok-4.20","temperature":0.5,"presence_penalty":0,"frequency_penalty":0,"top_p":1,"max_tokens":4000}
        """;

    public const string CherryStudio = """
        {"model":"grok-4.20","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Read it"},{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,SGk="}}]}],
        "temperature":1,"top_p":1,"max_tokens":null,"stream":true,"stream_options":{"include_usage":true},"reasoning_effort":"medium","enable_thinking":true,"thinking":{"type":"enabled"}}
        """;

    public const string CursorChat = """
        {"model":"grok-4.20","stream":true,"temperature":1,"user":"u","messages":[{"role":"system","content":[{"type":"text","text":"You are an agent.","cache_control":{"type":"ephemeral"}}]},
        {"role":"user","content":[{"type":"text","text":"Fix it"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"Read","arguments":"{\"path\":\"a.cs\"}"}}]},
        {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"class A;"}]}],
        "tools":[{"type":"function","function":{"name":"Read","description":"Reads.","parameters":{"type":"object","properties":{"path":{"type":"string"}}}}},{"type":"custom","name":"ApplyPatch","description":"Edits.","format":{"type":"grammar","syntax":"lark","definition":"start: x"}}],
        "tool_choice":"auto","stream_options":{"include_usage":true}}
        """;

    public const string CursorResponses = """
        {"user":"u","model":"grok-4.20","stream":true,"input":[{"role":"system","content":"You are an agent."},{"role":"user","content":[{"type":"input_text","text":"Fix it"}]},
        {"role":"assistant","content":[{"type":"output_text","text":"I read."}]},{"type":"function_call","call_id":"c1","name":"Read","arguments":"{\"path\":\"a.cs\"}"},{"type":"function_call_output","call_id":"c1","output":"class A;"}],
        "tools":[{"type":"function","name":"Read","description":"Reads.","parameters":{"type":"object","properties":{"path":{"type":"string"}}},"strict":false},{"type":"custom","name":"ApplyPatch","description":"Edits.","format":{"type":"grammar","syntax":"lark","definition":"start: x"}}],
        "tool_choice":"auto","reasoning":{"effort":"high","summary":"auto"},"text":{"verbosity":"low"},"store":false,"include":["reasoning.encrypted_content"],"prompt_cache_key":"k","stream_options":null,"metadata":null}
        """;

    public const string OpenAiSdk = """
        {"model":"grok-4.20","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":"Hi","name":null},{"role":"assistant","content":"Hello","refusal":null,"annotations":[],"audio":null,"function_call":null,"tool_calls":null},
        {"role":"user","content":"Tell me of Ann"}],"response_format":{"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}}},
        "n":1,"stop":null,"logprobs":null,"top_logprobs":null,"max_completion_tokens":200,"modalities":["text"],"store":false,"service_tier":"auto","prompt_cache_key":"k","safety_identifier":"u","verbosity":"medium"}
        """;

    public const string AiSdk = """
        {"model":"grok-4.20","max_tokens":256,"temperature":0,"stop":["\n\n"],"seed":7,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Weather?"},
        {"role":"assistant","content":"","reasoning_content":"I must look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bonn\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"{\"t\":21}"}],
        "tools":[{"type":"function","function":{"name":"weather","parameters":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}}],
        "tool_choice":{"type":"function","function":{"name":"weather"}},"stream":true,"stream_options":{"include_usage":true}}
        """;

    public const string LangChain = """
        {"model":"grok-4.20","temperature":0.7,"n":1,"stream":false,"parallel_tool_calls":false,"tool_choice":"required","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"6*7?"},
        {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"times","arguments":"{\"a\":6,\"b\":7}"}}]},{"role":"tool","content":"42","name":"times","tool_call_id":"c1"}],
        "tools":[{"type":"function","function":{"name":"times","description":"Multiplies.","parameters":{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}}},"strict":true}}]}
        """;

    public static IReadOnlyList<string> All { get; } = [OpenWebUi, LobeChat, NextChat, CherryStudio, CursorChat, CursorResponses, OpenAiSdk, AiSdk, LangChain];
}
